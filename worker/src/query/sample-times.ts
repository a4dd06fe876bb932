import { type Labels, METRIC_NAME, seriesKey } from "@sightline/shared/model/labels";
import type { MatrixSeries } from "@sightline/shared/promql/api";
import { bareSelector } from "./bare-selector.ts";
import type { History } from "./history.ts";
import { runQuery } from "./prometheus-query.ts";
import { newest } from "./newest.ts";
import type { QuerySource } from "./query-source.ts";

/** Below, nobody sees how old a sample is. */
const SHORTEST_MS = 60_000;
/** Of steps of more samples than this the middle is that of the samples, too. */
const FEW_SAMPLES = 12;

function unnamed(labels: Labels): string {
  const { [METRIC_NAME]: _, ...others } = labels;
  return seriesKey(others);
}

/**
 * The same series at the times of their samples, each sample once, where a history has read a selector at instants: what is sampled once a day
 * is seen up to a day later, and what came after the last step, until `untilMs`, not before the next. Any other history as it is, at the
 * middles of what its values cover: of means of a few samples, of these.
 */
export function atSampleTimes(reads: QuerySource, history: History, untilMs: number): readonly MatrixSeries[] {
  const { query, series, startMs, endMs, stepMs, lookbackMs, areMeans, coversMs } = history;
  const lags = lagsOf(reads, history);
  const moved = series.map((one) => {
    const backMs = coversMs / 2 + (lags.get(unnamed(one.labels)) ?? 0);
    return { ...one, timestamps: Float64Array.from(one.timestamps, (t) => t - backMs) };
  });
  if (areMeans || coversMs > 0 || stepMs < SHORTEST_MS || bareSelector(query) === undefined) return moved;
  const read = runQuery(reads, { query: `timestamp(${query})`, startMs, endMs, stepMs, lookbackMs });
  if (!read.ok || read.value.value.type !== "matrix") return moved;
  const atEnd = (asked: string): ReadonlyMap<string, number> =>
    new Map(newest(reads, asked, untilMs, lookbackMs).map(({ labels, value }) => [unnamed(labels), value]));
  const last = untilMs > endMs ? { values: atEnd(query), times: atEnd(`timestamp(${query})`) } : undefined;
  const times = new Map(read.value.value.series.map((one) => [unnamed(one.labels), one]));
  return moved.map((one) => {
    const sampled = times.get(unnamed(one.labels));
    if (sampled === undefined || sampled.values.length !== one.values.length) return one;
    const first = Array.from(sampled.values, (_, i) => i).filter((i) => i === 0 || sampled.values[i] !== sampled.values[i - 1]);
    const timestamps = first.map((i) => 1000 * (sampled.values[i] ?? 0));
    const values = first.map((i) => one.values[i] ?? Number.NaN);
    const lastAt = 1000 * (last?.times.get(unnamed(one.labels)) ?? 0);
    if (lastAt > (timestamps.at(-1) ?? Infinity)) {
      timestamps.push(lastAt);
      values.push(last?.values.get(unnamed(one.labels)) ?? Number.NaN);
    }
    return { labels: one.labels, timestamps, values };
  });
}

/** How long before the ends of the steps their last samples lie, by series, where the values are means of a few samples each. */
function lagsOf(reads: QuerySource, history: History): ReadonlyMap<string, number> {
  const { query, endMs, stepMs, spacingMs, lookbackMs, areMeans } = history;
  const none = new Map<string, number>();
  if (!areMeans || spacingMs < SHORTEST_MS || stepMs > FEW_SAMPLES * spacingMs || bareSelector(query) === undefined) return none;
  const read = runQuery(reads, { query: `timestamp(${query})`, startMs: endMs, endMs, stepMs, lookbackMs });
  if (!read.ok || read.value.value.type !== "matrix") return none;
  const found = read.value.value.series.map(({ labels, values }): [string, number] => [
    unnamed(labels),
    (endMs - 1000 * (values.at(-1) ?? Number.NaN)) % spacingMs,
  ]);
  return new Map(found.filter(([, lagMs]) => lagMs >= 0));
}
