import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runQuery } from "../../worker/src/query/prometheus-query.ts";
import { createEvaluation } from "../../worker/src/rules/evaluation.ts";
import { defaultRuleGroups } from "../../worker/src/rules/default-rules.ts";
import { shardProfile } from "../../worker/src/shard/profile.ts";
import type { ShardCore } from "../../worker/src/shard/shard-core.ts";
import { taskLog } from "../../worker/src/shard/task-log.ts";
import { MeteredDatabase } from "../support/metered-database.ts";
import { quietShard } from "../support/quiet-shard.ts";
import { SimulatedTime } from "../support/simulated-time.ts";
import { SimulatedHost } from "./cost-fleet.ts";
import { quantile, report, round } from "./report.ts";

const HOSTS = 5;
const SERIES = 200;
/** Each host reports every ten seconds, a second apart: more to read back than of hosts that let the object sleep between their reports. */
const INTERVAL_MS = 10_000;
/** Long enough that there are blocks, snapshots and a log that is hours old. */
const HOURS = 5;
const WAKES = 9;
const COLD_WAKES = 5;

/** A shard of 1,000 series, everything on, whose object slept: rows read and CPU from its construction to its first answer. */
export async function wakeOfHibernatedShard(): Promise<void> {
  const startMs = Date.UTC(2026, 5, 1, 6);
  const time = new SimulatedTime(startMs);
  const directory = mkdtempSync(join(tmpdir(), "sightline-wake-"));
  const file = join(directory, "shard.sqlite");
  const database = new MeteredDatabase(file);
  const core = openCore(database, time.now, time.wait);
  await time.runUntil(startMs);
  void core.configure({ version: 1, groups: defaultRuleGroups(), slos: [], map: { version: 1, shards: [], epochs: [], splits: [] } });
  for (let h = 0; h < HOSTS; h++) {
    const host = new SimulatedHost(h, SERIES);
    const session = core.session({ project: "default", tokenId: "t", sender: "", epoch: "" });
    void session.receive(host.hello());
    for (let t = startMs + h * 1000; t < startMs + HOURS * 3_600_000; t += INTERVAL_MS) {
      time.at(t, () => void session.receive(host.tick(time.now())));
    }
  }
  for (let t = startMs; t < startMs + HOURS * 3_600_000; t += 60_000) {
    time.at(t, () => {
      const flush = core.due(time.now()).flush;
      if (flush !== null && flush <= time.now()) core.flush(time.now());
    });
  }
  await time.runUntil(startMs + HOURS * 3_600_000 + 5000);
  const cpu: number[] = [];
  let rows = 0;
  for (let wake = 0; wake < WAKES; wake++) {
    const before = database.rowsRead;
    cpu.push(firstAnswer(database, time.now()));
    rows = database.rowsRead - before;
  }
  database.close();
  // What an object costs whose code was never run before in its process.
  const cold = Array.from({ length: COLD_WAKES }, () => wakeInNewProcess(file, time.now()));
  rmSync(directory, { recursive: true });
  report("storage", {
    measure: "waking of a hibernated object with 1,000 series, to its first answer",
    rowsRead: rows,
    cpuMs: round(quantile(cpu, 0.5)),
    coldCpuMs: round(quantile(cold, 0.5)),
  });
}

/** CPU of the thread in ms, from the object's construction to its answer to a query. */
function firstAnswer(database: MeteredDatabase, nowMs: number): number {
  const before = process.threadCpuUsage();
  const core = openCore(
    database,
    () => nowMs,
    () => Promise.resolve(),
  );
  // What the object's shell reads besides.
  taskLog(database).load();
  const answer = runQuery(core.reads, { query: 'metric_1{host_name="host-0"}', startMs: nowMs, endMs: nowMs, stepMs: 0 });
  if (!answer.ok) throw new Error(answer.error.message);
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1000;
}

function wakeInNewProcess(file: string, nowMs: number): number {
  const { stdout, stderr } = spawnSync(process.execPath, [fileURLToPath(import.meta.url), file, String(nowMs)], { encoding: "utf8" });
  const ms = Number(stdout);
  if (!(ms > 0)) throw new Error(`the new process said ${stdout}${stderr}`);
  return ms;
}

function openCore(database: MeteredDatabase, now: () => number, wait: (ms: number) => Promise<void>): ShardCore {
  return quietShard({ database, profile: shardProfile("cloudflare"), now, wait, createEvaluation });
}

const [, script, file, at] = process.argv;
if (script === fileURLToPath(import.meta.url) && file !== undefined)
  process.stdout.write(String(firstAnswer(new MeteredDatabase(file), Number(at))));
