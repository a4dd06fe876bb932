/** `npm run bench [-- NAME… --rounds N --quick]`: each bench prints JSON lines; one at a time, on an otherwise quiet machine. */
import { parseArgs } from "node:util";
import { alertLatency } from "./alert-latency.ts";
import { ANOMALY_OPTIONS } from "./anomaly-options.ts";
import { backtest } from "./backtest.ts";
import type { BenchOptions } from "./bench-options.ts";
import { capacity } from "./capacity.ts";
import { cost } from "./cost.ts";
import { evaluation } from "./evaluation.ts";
import { exportAndImport } from "./export.ts";
import { exact } from "./exact.ts";
import { freshness } from "./freshness.ts";
import { idle } from "./idle.ts";
import { ingest } from "./ingest.ts";
import { query } from "./query.ts";
import { storage } from "./storage.ts";
import { streamingRules } from "./streaming-rules.ts";
import { kernel } from "./kernel.ts";

const benches: Readonly<Record<string, (options: BenchOptions) => Promise<void>>> = {
  idle,
  freshness,
  "alert-latency": alertLatency,
  ingest,
  kernel,
  evaluation,
  "streaming-rules": streamingRules,
  backtest,
  capacity,
  cost,
  exact,
  storage,
  query,
  export: exportAndImport,
  agent: idle,
  anomaly: async () => {
    await import("./anomaly.ts");
  },
};

const { values, positionals: names } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: "string", default: "3" }, quick: { type: "boolean", default: false }, ...ANOMALY_OPTIONS },
});
const unknown = names.filter((name) => benches[name] === undefined);
if (unknown.length > 0) {
  process.stderr.write(`no bench is called ${unknown.join(", ")}; there are ${Object.keys(benches).join(", ")}\n`);
  process.exit(2);
}
const options: BenchOptions = { rounds: Math.max(1, Number(values.rounds)), quick: values.quick };
for (const name of names.length > 0 ? names : Object.keys(benches).filter((name) => name !== "agent")) await benches[name]?.(options);
