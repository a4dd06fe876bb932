import type { NativeHistogram } from "@sightline/shared/model/histogram";
import { seriesKey } from "@sightline/shared/model/labels";
import type { SelectedSeries } from "@sightline/shared/model/sample";

/**
 * One label set of two shards as one series: samples in order of time, and of two at the same time that of `later`. A
 * sender that moved, or two senders that share a label set, leave such pieces.
 */
function mergePair(earlier: SelectedSeries, later: SelectedSeries): SelectedSeries {
  const a = earlier.timestamps;
  const b = later.timestamps;
  const timestamps = new Float64Array(a.length + b.length);
  const values = new Float64Array(a.length + b.length);
  const histograms: (NativeHistogram | undefined)[] | null = earlier.histograms === undefined && later.histograms === undefined ? null : [];
  let length = 0;
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    const left = i < a.length ? (a[i] as number) : Infinity;
    const right = j < b.length ? (b[j] as number) : Infinity;
    const [series, index] = right <= left ? [later, j] : [earlier, i];
    timestamps[length] = Math.min(left, right);
    values[length] = series.values[index] as number;
    if (histograms !== null) histograms[length] = series.histograms?.[index];
    if (left <= right) i += 1;
    if (right <= left) j += 1;
    length += 1;
  }
  const { rollup } = later.rollup === undefined ? earlier : later;
  return {
    labels: earlier.labels,
    timestamps: timestamps.subarray(0, length),
    values: values.subarray(0, length),
    ...(histograms === null ? {} : { histograms }),
    ...(rollup === undefined ? {} : { rollup }),
  };
}

/** Series of several shards, each label set once. `parts` in the order of the shard map: what a sender wrote last is in the later shard. */
export function mergeSeries(parts: readonly (readonly SelectedSeries[])[]): readonly SelectedSeries[] {
  const filled = parts.filter((part) => part.length > 0);
  if (filled.length <= 1) return filled[0] ?? [];
  const merged = new Map<string, SelectedSeries>();
  for (const part of filled) {
    for (const series of part) {
      const key = seriesKey(series.labels);
      const before = merged.get(key);
      merged.set(key, before === undefined ? series : mergePair(before, series));
    }
  }
  return [...merged.values()];
}
