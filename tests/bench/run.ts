/** `npm run bench [-- NAME…]`: each bench prints JSON lines; one at a time, on an otherwise quiet machine. */
import { alertLatency } from "./alert-latency.ts";
import { freshness } from "./freshness.ts";
import { idle } from "./idle.ts";

const benches: Readonly<Record<string, () => Promise<void>>> = { idle, freshness, "alert-latency": alertLatency };

const names = process.argv.slice(2);
const unknown = names.filter((name) => benches[name] === undefined);
if (unknown.length > 0) {
  process.stderr.write(`no bench is called ${unknown.join(", ")}; there are ${Object.keys(benches).join(", ")}\n`);
  process.exit(2);
}
for (const name of names.length > 0 ? names : Object.keys(benches)) await benches[name]?.();
