import { type BatchSeries, isStale } from "@sightline/shared/model/sample";

/** Samples of one kind: `t` in ms. */
export interface PlainSeries {
  /** Behind the metric's name. */
  readonly suffix: "" | "_count" | "_sum";
  readonly timestamps: Float64Array;
  readonly values: Float64Array;
}

/**
 * For formats of plain numbers: the numbers of a series, and of its native histograms the count and the sum, under the
 * names that a classic histogram would have. Buckets are left out: only the JSON export has them.
 */
export function plainSeries(one: BatchSeries): readonly PlainSeries[] {
  const { timestamps, values, histograms } = one;
  if (histograms === undefined) return [{ suffix: "", timestamps, values }];
  const numbers: { readonly times: number[]; readonly at: number[] } = { times: [], at: [] };
  const times: number[] = [];
  const counts: number[] = [];
  const sums: number[] = [];
  for (let i = 0; i < timestamps.length; i++) {
    const t = timestamps[i] as number;
    const histogram = histograms[i];
    if (histogram === undefined) {
      numbers.times.push(t);
      numbers.at.push(i);
    } else if (!isStale(histogram.sum)) {
      times.push(t);
      counts.push(histogram.count);
      sums.push(histogram.sum);
    }
  }
  const parts: PlainSeries[] = [];
  if (numbers.times.length > 0) {
    // Copied column to column: a stale marker would not survive a plain array.
    const kept = new Float64Array(numbers.at.length);
    for (const [to, from] of numbers.at.entries()) kept[to] = values[from] as number;
    parts.push({ suffix: "", timestamps: Float64Array.from(numbers.times), values: kept });
  }
  if (times.length > 0) {
    const at = Float64Array.from(times);
    parts.push({ suffix: "_count", timestamps: at, values: Float64Array.from(counts) });
    parts.push({ suffix: "_sum", timestamps: at, values: Float64Array.from(sums) });
  }
  return parts;
}
