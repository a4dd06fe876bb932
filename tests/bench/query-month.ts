import { answerQuery } from "../../worker/src/query/prometheus-query.ts";
import { MeteredDatabase } from "../support/metered-database.ts";
import { mulberry32 } from "../support/reference-load.ts";
import type { BenchOptions } from "./bench-options.ts";
import { quantile, report, round } from "./report.ts";
import { settle, storeOnly } from "./storage-packed.ts";

const SERIES = 500;
const DAYS = 30;
const INTERVAL_MS = 60_000;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const TARGET_MS = 1000;
const QUERIES = [
  "sum(avg_over_time(month[1h]))",
  "sum by (job) (rate(month_total[1h]))",
  "max_over_time(month[1h])",
  // Every point in all its digits.
  "rate(month_total[1h])",
  "quantile_over_time(0.9, month[1h])",
] as const;

/** Thirty days of 500 series at 1 h steps, from a shard that has compacted them; loaded through the store's own door, for speed. */
export async function monthAtHourSteps({ quick }: BenchOptions): Promise<void> {
  const days = quick ? 4 : DAYS;
  const endMs = Date.UTC(2026, 5, 30);
  const startMs = endMs - days * DAY;
  let now = startMs;
  const database = new MeteredDatabase();
  const core = storeOnly(database, () => now);
  const refs = Int32Array.from({ length: 2 * SERIES }, (_, i) => {
    const counter = i >= SERIES;
    const labels = { __name__: counter ? "month_total" : "month", job: `job-${i % 5}`, instance: `i-${i % SERIES}` };
    const ref = core.store.resolve(labels, { type: counter ? "counter" : "gauge", unit: "", help: "" });
    return ref.ok ? ref.value : -1;
  });
  const random = mulberry32(5);
  const values = Float64Array.from(refs, () => Math.floor(random() * 1000));
  const times = new Float64Array(refs.length);
  const verdicts = new Uint8Array(refs.length);
  for (let t = startMs + INTERVAL_MS; t <= endMs; t += INTERVAL_MS) {
    now = t;
    times.fill(t);
    for (let i = 0; i < values.length; i++) {
      const v = values[i] as number;
      values[i] = i >= SERIES ? v + Math.floor(random() * 50) : Math.max(0, v + Math.floor((random() - 0.5) * 9));
    }
    core.store.appendColumns(refs, times, values, refs.length, now, verdicts);
    core.store.commit(now, () => undefined);
    if (core.store.flushDue) core.flush(now);
    if ((t - startMs) % (6 * HOUR) === 0) await settle(core, now);
  }
  now = endMs + 6 * HOUR;
  await settle(core, now);
  for (const query of QUERIES) {
    const ms: number[] = [];
    let size = 0;
    let rowsRead = 0;
    for (let run = 0; run < 7; run++) {
      const before = database.rowsRead;
      const started = performance.now();
      const answer = await answerQuery(core.reads, { query, startMs: startMs + HOUR, endMs, stepMs: HOUR }, () => Promise.resolve());
      ms.push(performance.now() - started);
      if (!answer.ok) throw new Error(`${query}: ${answer.error.message}`);
      size = answer.value.byteLength;
      rowsRead = Math.max(rowsRead, database.rowsRead - before);
    }
    report("query", {
      query: `${query}, ${days} d at 1 h steps, ${SERIES} series`,
      samples: (days * DAY * SERIES) / INTERVAL_MS,
      medianMs: round(quantile(ms, 0.5)),
      firstMs: round(ms[0] ?? NaN),
      targetMs: TARGET_MS,
      rowsRead,
      answerKB: round(size / 1000, 0),
    });
  }
  report("query", {
    measure: "bytes on disk of those days, aggregates counted",
    bytesPerSample: round(database.usedBytes / ((2 * days * DAY * SERIES) / INTERVAL_MS), 2),
  });
}
