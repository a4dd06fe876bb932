/** `npm run faults [-- --smoke]`: what must survive, against the real stack. Ends with "N passed, N failed", and how many were skipped when any were. */
import { inspect } from "node:util";
import { absentReceiver } from "./absent-receiver.ts";
import { absentServer } from "./absent-server.ts";
import { anyRemoteWrite } from "./any-remote-write.ts";
import { damagedStorage } from "./damaged-storage.ts";
import { damagedStructure } from "./damaged-structure.ts";
import { Skipped, type FaultOptions } from "./fault-options.ts";
import { fullDisk } from "./full-disk.ts";
import { fuzz } from "./fuzz.ts";
import { hostileQueries } from "./hostile-queries.ts";
import { hostileRequests } from "./hostile-requests.ts";
import { killedServer } from "./killed-server.ts";
import { manySenders } from "./many-senders.ts";
import { overload } from "./overload.ts";
import { randomAlerts } from "./random-alerts.ts";
import { realPrometheus } from "./real-prometheus.ts";

type FaultCase = (options: FaultOptions) => Promise<string | Skipped>;

const cases: Readonly<Record<string, FaultCase>> = {
  "a killed server loses and doubles nothing": killedServer,
  "damaged storage is named, and the rest is read": damagedStorage,
  "a database file of damaged structure is set aside, and what it still says goes on": damagedStructure,
  "a full and a read-only disk are refused in words": fullDisk,
  "overload is refused before it is accepted, and passes": overload,
  "a million samples a minute from fifty senders": manySenders,
  "the agent outlives an absent server": absentServer,
  "a receiver that was away hears everything once it is back": absentReceiver,
  "any remote-write body is read by the kernel as by its twin and the decoder of objects": anyRemoteWrite,
  "whatever alerts, silences, people and crashes do, nobody is told too much or too little, and the trace says why": randomAlerts,
  "no input crashes, hangs or fills a decoder": fuzz,
  "hostile requests are answered in words, and the server goes on": hostileRequests,
  "hostile queries end within their limits, and ingest does not notice": hostileQueries,
  "a real Prometheus remote-writes, and nothing fails, is dropped or differs": realPrometheus,
};

const USAGE = `npm run faults -- [--smoke] [WORD ...]: the cases that have every WORD in their name, all without one\n`;
const unknown = process.argv.slice(2).find((argument) => argument.startsWith("-") && argument !== "--smoke");
if (unknown !== undefined) {
  process.stderr.write(`${unknown === "--help" ? "" : `there is no option ${unknown}\n`}${USAGE}${Object.keys(cases).join("\n")}\n`);
  process.exit(unknown === "--help" ? 0 : 2);
}
const smoke = process.argv.includes("--smoke");
/** Words that a case must have in its name to run; all run without. */
const words = process.argv.slice(2).filter((argument) => argument !== "--smoke");
let passed = 0;
let failed = 0;
let skipped = 0;

async function runCase(name: string, run: FaultCase): Promise<void> {
  const started = performance.now();
  try {
    const detail = await run({ smoke });
    if (detail instanceof Skipped) {
      skipped++;
      process.stdout.write(`SKIP ${name}: ${detail.reason}\n`);
      return;
    }
    passed++;
    process.stdout.write(`ok   ${name}: ${detail} (${((performance.now() - started) / 1000).toFixed(1)} s)\n`);
  } catch (error) {
    failed++;
    process.stdout.write(`FAIL ${name}: ${error instanceof Error ? inspect(error) : String(error)}\n`);
  }
}

const chosen = Object.entries(cases).filter(([name]) => words.every((word) => name.includes(word)));
if (chosen.length === 0) {
  process.stderr.write(`no case has ${words.join(" and ")} in its name; there are:\n${Object.keys(cases).join("\n")}\n`);
  process.exit(2);
}
// The long wait of one costs nothing while the others work.
const waiting = chosen.filter(([, run]) => run === absentServer).map(([name, run]) => runCase(name, run));
for (const [name, run] of chosen) if (run !== absentServer) await runCase(name, run);
await Promise.all(waiting);
process.stdout.write(`${passed} passed, ${failed} failed${skipped === 0 ? "" : `, ${skipped} skipped`}\n`);
process.exit(failed === 0 ? 0 : 1);
