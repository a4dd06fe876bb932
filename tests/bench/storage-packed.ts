import type { ShardCore } from "../../worker/src/shard/shard-core.ts";
import { shardTasks } from "../../worker/src/shard/shard-tasks.ts";
import { MeteredDatabase } from "../support/metered-database.ts";
import { quietShard } from "../support/quiet-shard.ts";
import { ReferenceLoad } from "../support/reference-load.ts";
import type { BenchOptions } from "./bench-options.ts";
import { report, round } from "./report.ts";

const SERIES = 10_000;
const DAY = 86_400_000;
const MIDNIGHT = Date.UTC(2026, 5, 2);

/** A shard in this process, without evaluation, over a metered database. */
export function storeOnly(database: MeteredDatabase, now: () => number): ShardCore {
  return quietShard({ database, now });
}

/** Runs what is due, by its tasks, until nothing is. Returns how many steps it took. */
export async function settle(core: ShardCore, nowMs: number): Promise<number> {
  const tasks = shardTasks(core).filter(({ name }) => name !== "evaluation" && name !== "outbox");
  for (let steps = 0; ; steps++) {
    const due = tasks.find((task) => (task.dueAt(nowMs) ?? Infinity) <= nowMs);
    if (due === undefined || steps > 10_000) return steps;
    await due.run(nowMs);
  }
}

/** The reference load in the store alone: after the flush, and after the compaction of its day with rollups; and how fast it is read back. */
export async function packedStore({ quick }: BenchOptions): Promise<void> {
  const scrapes = quick ? 100 : 400;
  let now = MIDNIGHT - scrapes * 15_000;
  const database = new MeteredDatabase();
  const core = storeOnly(database, () => now);
  const load = new ReferenceLoad({ series: SERIES, startMs: now });
  const refs = Int32Array.from(load.labels, (labels) => {
    const ref = core.store.resolve(labels, {
      type: labels["__name__"]?.endsWith("_total") === true ? "counter" : "gauge",
      unit: "",
      help: "",
    });
    return ref.ok ? ref.value : -1;
  });
  const verdicts = new Uint8Array(SERIES);
  const samples = scrapes * SERIES;
  for (let k = 0; k < scrapes; k++) {
    const { t, values } = load.next();
    now = t;
    core.store.appendColumns(refs, new Float64Array(SERIES).fill(t), values, SERIES, now, verdicts);
    core.store.commit(now, () => undefined);
    if (core.store.flushDue) core.flush(now);
  }
  core.flush(now);
  const flushed = database.usedBytes / samples;
  const writtenBefore = database.rowsWritten;
  now = MIDNIGHT + DAY / 4;
  const started = performance.now();
  const steps = await settle(core, now);
  const compaction = { steps, seconds: round((performance.now() - started) / 1000, 2), rowsWritten: database.rowsWritten - writtenBefore };
  const compacted = database.usedBytes / samples;
  const reading = performance.now();
  const found = core.store.read([...refs], MIDNIGHT - DAY, MIDNIGHT, now);
  const seconds = (performance.now() - reading) / 1000;
  const read = found.reduce((sum, series) => sum + series.timestamps.length, 0);
  report("storage", {
    measure: "packed, labels and rollups counted",
    samples,
    bytesPerSampleFlushed: round(flushed, 3),
    bytesPerSampleCompacted: round(compacted, 3),
    compaction,
    samplesReadBack: read,
    samplesDecodedPerSecond: round(read / seconds, 0),
  });
}
