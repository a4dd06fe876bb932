import { joinKey } from "@sightline/shared/capacity/bounded-resources";
import type { MatrixSeries } from "@sightline/shared/promql/api";
import { instantSelectors } from "./highest-of.ts";
import type { History } from "./history.ts";
import { newest } from "./newest.ts";
import type { QuerySource } from "./query-source.ts";

/** Distances without a sample after which nothing is sent just now: one may be missed, and another come a little later. */
const MISSED = 3;
/** Beside what is sent every few seconds others of the same expression are sent by the minute. */
const LEAST_MS = 90_000;

/** By `joinKey`. */
const newestByKey = (reads: QuerySource, query: string, endMs: number, lookbackMs: number): ReadonlyMap<string, number> =>
  new Map(newest(reads, query, endMs, lookbackMs).map(({ labels, value }) => [joinKey(labels), value]));

/** The series of a history with what each is at the end, which lies up to a step after the last point. */
export function upToEnd(reads: QuerySource, history: History, endMs: number): readonly MatrixSeries[] {
  if (endMs <= history.endMs) return history.series;
  const now = newestByKey(reads, history.query, endMs, history.lookbackMs);
  return history.series.map((series) => {
    const value = now.get(joinKey(series.labels));
    if (value === undefined) return series;
    return { ...series, timestamps: Float64Array.of(...series.timestamps, endMs), values: Float64Array.of(...series.values, value) };
  });
}

/** The same without what instants of a series that has fallen silent find by looking back: nobody has seen that it stands still. */
export function upToNewest(reads: QuerySource, history: History, endMs: number): readonly MatrixSeries[] {
  const { query, lookbackMs, spacingMs } = history;
  const series = upToEnd(reads, history, endMs);
  if (instantSelectors(query) === undefined) return series;
  const sent = newestByKey(reads, query, endMs, Math.min(lookbackMs, Math.max(LEAST_MS, Math.ceil(MISSED * spacingMs))));
  return series.map((one) => (sent.has(joinKey(one.labels)) ? one : withoutRepeated(one, lookbackMs)));
}

/** Without the last values that are the one before them, of no longer than an instant looks back. */
function withoutRepeated(series: MatrixSeries, lookbackMs: number): MatrixSeries {
  const { timestamps, values } = series;
  const last = values.length - 1;
  let kept = last;
  while (kept > 0 && values[kept - 1] === values[last] && timestamps[last]! - timestamps[kept - 1]! <= lookbackMs) kept--;
  return kept === last ? series : { ...series, timestamps: timestamps.slice(0, kept + 1), values: values.slice(0, kept + 1) };
}
