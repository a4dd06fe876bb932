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
  "quantile_over_time(0.95, month[1h])",
  "histogram_quantile(0.9, sum by (le) (rate(month_bucket[1h])))",
  "topk(5, month)",
  'count_values("v", month)',
] as const;
/** Of each instance of the histogram; 500 series are 50 instances. */
const BOUNDS = ["0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1", "2.5", "+Inf"];

/** Thirty days of 500 series at 1 h steps, from a shard that has compacted them; loaded through the store's own door, for speed. */
export async function monthAtHourSteps({ quick }: BenchOptions): Promise<void> {
  const days = quick ? 4 : DAYS;
  const endMs = Date.UTC(2026, 5, 30);
  const startMs = endMs - days * DAY;
  let now = startMs;
  const database = new MeteredDatabase();
  const core = storeOnly(database, () => now);
  const refs = Int32Array.from({ length: 3 * SERIES }, (_, i) => {
    const bucket = i >= 2 * SERIES;
    const counter = !bucket && i >= SERIES;
    const instance = bucket ? Math.floor((i % SERIES) / BOUNDS.length) : i % SERIES;
    const le = bucket ? { le: BOUNDS[i % BOUNDS.length] ?? "+Inf" } : {};
    const name = bucket ? "month_bucket" : counter ? "month_total" : "month";
    const labels = { __name__: name, job: `job-${instance % 5}`, instance: `i-${instance}`, ...le };
    const ref = core.store.resolve(labels, { type: bucket ? "histogram" : counter ? "counter" : "gauge", unit: "", help: "" });
    return ref.ok ? ref.value : -1;
  });
  const random = mulberry32(5);
  const values = Float64Array.from(refs, () => Math.floor(random() * 1000));
  const times = new Float64Array(refs.length);
  const verdicts = new Uint8Array(refs.length);
  for (let t = startMs + INTERVAL_MS; t <= endMs; t += INTERVAL_MS) {
    now = t;
    times.fill(t);
    for (let i = 0, observed = 0; i < values.length; i++) {
      const v = values[i] as number;
      if (i >= 2 * SERIES) {
        observed = (i % BOUNDS.length === 0 ? 0 : observed) + Math.floor(random() * 6);
        values[i] = v + observed;
      } else values[i] = i >= SERIES ? v + Math.floor(random() * 50) : Math.max(0, v + Math.floor((random() - 0.5) * 9));
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
    const cpu: number[] = [];
    let size = 0;
    let rowsRead = 0;
    for (let run = 0; run < 7; run++) {
      const before = database.rowsRead;
      const started = performance.now();
      const cpuBefore = process.threadCpuUsage();
      const answer = await answerQuery(core.reads, { query, startMs: startMs + HOUR, endMs, stepMs: HOUR }, () => Promise.resolve());
      const { user, system } = process.threadCpuUsage(cpuBefore);
      cpu.push((user + system) / 1000);
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
      // What other processes do to a query is not in it.
      medianCpuMs: round(quantile(cpu, 0.5)),
      targetMs: TARGET_MS,
      rowsRead,
      answerKB: round(size / 1000, 0),
    });
  }
  report("query", {
    measure: "bytes on disk of those days, aggregates counted",
    bytesPerSample: round(database.usedBytes / ((3 * days * DAY * SERIES) / INTERVAL_MS), 2),
  });
}
