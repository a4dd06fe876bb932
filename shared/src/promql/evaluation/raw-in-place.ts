/** Raw samples in place of rollups whose buckets do not tell what a function asks of them. */
import { firstBuckets } from "../../aggregation/first-buckets.ts";
import { seriesKey } from "../../model/labels.ts";
import type { RollupColumns } from "../../model/rollup.ts";
import type { SelectedSeries } from "../../model/sample.ts";
import type { Select, SelectRequest } from "../api.ts";
import { firstAfter } from "../select/first-after.ts";

export interface RawInPlace {
  readonly series: readonly SelectedSeries[];
  /** Whether of a bucket that does not tell what is asked no sample is left. */
  readonly missing: boolean;
}

/** Of a rollup: whether a bucket does not tell what is asked; null where all of them do. */
export type Lacking = (rollup: RollupColumns) => ((bucket: number) => boolean) | null;

/**
 * `found`: by a request that allowed rollups; those that are lacking are read again by `raw`, the others stay as they are. Up to the last bucket whose
 * samples have left they keep their buckets, unless none of these tells what is asked.
 */
export function rawInPlace(found: readonly SelectedSeries[], lacking: Lacking, raw: SelectRequest, select: Select): RawInPlace {
  const lacks = new Map<SelectedSeries, { readonly rollup: RollupColumns; readonly isLacking: (bucket: number) => boolean }>();
  for (const one of found) {
    const isLacking = one.rollup === undefined ? null : lacking(one.rollup);
    if (one.rollup !== undefined && isLacking !== null && some(one.rollup.ends.length, isLacking))
      lacks.set(one, { rollup: one.rollup, isLacking });
  }
  if (lacks.size === 0) return { series: found, missing: false };
  // From where the first bucket begins, so that a bucket without any raw sample is one whose samples have left.
  let { startMs } = raw;
  for (const { rollup } of lacks.values()) {
    const { ends, resolutionMs } = rollup;
    startMs = Math.min(startMs, (ends.find((end) => end > raw.startMs) ?? Infinity) - resolutionMs);
  }
  const again = new Map(select({ ...raw, startMs }).map((one) => [seriesKey(one.labels), one]));
  let missing = false;
  const series = found.flatMap((one) => {
    const lack = lacks.get(one);
    if (lack === undefined) return [one];
    const { rollup, isLacking } = lack;
    const own = again.get(seriesKey(one.labels));
    const emptied = emptiedUntil(rollup, own?.timestamps ?? [], raw);
    if (emptied === 0) return own ?? [];
    missing ||= some(emptied, (bucket) => (rollup.ends[bucket] as number) > raw.startMs && isLacking(bucket));
    if (!some(emptied, (bucket) => !isLacking(bucket))) return own ?? [];
    const samples = own ?? { labels: one.labels, timestamps: new Float64Array(), values: new Float64Array() };
    return { ...after(samples, rollup.ends[emptied - 1] as number), rollup: firstBuckets(rollup, emptied) };
  });
  return { series, missing };
}

/** Whether one of the first buckets is such. */
function some(buckets: number, is: (bucket: number) => boolean): boolean {
  for (let bucket = 0; bucket < buckets; bucket++) if (is(bucket)) return true;
  return false;
}

/** With its samples from then on. */
function after(series: SelectedSeries, untilMs: number): SelectedSeries {
  const from = firstAfter(series.timestamps, untilMs);
  const { timestamps, values, histograms, starts } = series;
  return {
    ...series,
    timestamps: timestamps.subarray(from),
    values: values.subarray(from),
    ...(histograms === undefined ? {} : { histograms: histograms.slice(from) }),
    ...(starts === undefined ? {} : { starts: starts.subarray(from) }),
  };
}

/** How many buckets there are up to the last of those that end in what was asked for (a merged read has others, too) in which no time lies. Both ascend. */
function emptiedUntil({ ends, resolutionMs }: RollupColumns, times: ArrayLike<number>, { startMs, endMs }: SelectRequest): number {
  let at = 0;
  let emptied = 0;
  for (const [bucket, end] of ends.entries()) {
    if (end <= startMs || end > endMs) continue;
    while (at < times.length && (times[at] as number) <= end - resolutionMs) at++;
    if (at === times.length || (times[at] as number) > end) emptied = bucket + 1;
  }
  return emptied;
}
