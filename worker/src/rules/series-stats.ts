/** Statistics of one series over a window, from its samples; a whole day's moments come from the window set instead. */
import type { SeriesStats } from "@sightline/shared/api/responses";
import { counterIncrease } from "@sightline/shared/aggregation/counter-increase";
import { histogramCountIncrease, histogramWasReset } from "@sightline/shared/aggregation/histogram-increase";
import { bucketLowerBound, bucketUpperBound } from "@sightline/shared/aggregation/exponential-bucket";
import { fromSpans } from "@sightline/shared/aggregation/bucket-range";
import { subtractHistograms } from "@sightline/shared/aggregation/histogram-sum";
import { type Moments, addValue, emptyMoments, standardDeviation } from "@sightline/shared/aggregation/moments";
import type { NativeHistogram } from "@sightline/shared/model/histogram";
import type { Labels } from "@sightline/shared/model/labels";
import type { SelectedSeries } from "@sightline/shared/model/sample";

/** `ratePerSecond`: growth of a counter, observations of a histogram, samples of anything else. */
export function seriesStats(
  labels: Labels,
  series: SelectedSeries | undefined,
  isCounter: boolean,
  windowMs: number,
  day: Moments | null,
): SeriesStats {
  const last = series?.histograms?.findLast((histogram) => histogram !== undefined);
  if (series !== undefined && last !== undefined) return histogramStats(labels, series, windowMs);
  const values = Float64Array.from(series?.values ?? []).filter((value) => value === value);
  const read = emptyMoments();
  let growth = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? 0;
    addValue(read, value);
    if (isCounter && i > 0) growth += counterIncrease(values[i - 1] ?? 0, value);
  }
  const moments = day !== null && !isCounter && day.count > read.count ? day : read;
  const sorted = values.slice().sort();
  const perSecond = ((isCounter ? growth : moments.count) * 1000) / windowMs;
  return assemble(labels, moments.count, moments, (q) => quantile(sorted, q), perSecond, values.at(-1) ?? Number.NaN);
}

function assemble(
  labels: Labels,
  count: number,
  moments: Moments,
  at: (q: number) => number,
  perSecond: number,
  current: number,
): SeriesStats {
  const none = moments.count === 0;
  return {
    labels,
    count,
    min: none ? Number.NaN : moments.min,
    max: none ? Number.NaN : moments.max,
    mean: none ? Number.NaN : moments.sum / moments.count,
    median: at(0.5),
    stddev: standardDeviation(moments),
    p50: at(0.5),
    p90: at(0.9),
    p95: at(0.95),
    p99: at(0.99),
    ratePerSecond: perSecond,
    ratePerMinute: perSecond * 60,
    current,
  };
}

/** Linear between the two nearest ranks, as PromQL's `quantile_over_time`. */
function quantile(sorted: Float64Array, q: number): number {
  if (sorted.length === 0) return Number.NaN;
  const rank = q * (sorted.length - 1);
  const low = sorted[Math.floor(rank)] ?? Number.NaN;
  const high = sorted[Math.ceil(rank)] ?? low;
  return low + (high - low) * (rank - Math.floor(rank));
}

/** Of the observations within the window: what the cumulative histogram grew by, one reset at most counted exactly. */
function histogramStats(labels: Labels, series: SelectedSeries, windowMs: number): SeriesStats {
  let before: NativeHistogram | undefined;
  let grown: NativeHistogram | undefined;
  let count = 0;
  let base: NativeHistogram | undefined;
  for (const histogram of series.histograms ?? []) {
    if (histogram === undefined) continue;
    if (before === undefined) base = histogram;
    else {
      count += histogramCountIncrease(before, histogram);
      if (histogramWasReset(before, histogram)) base = undefined;
    }
    before = histogram;
    const difference = base === undefined ? null : subtractHistograms(histogram, base);
    grown = difference !== null && difference.ok ? difference.value : histogram;
  }
  const buckets = grown === undefined ? [] : bucketsOf(grown);
  const moments = emptyMoments();
  const total = buckets.reduce((sum, bucket) => sum + bucket.count, 0);
  if (grown !== undefined && total > 0) {
    const mean = grown.sum / total;
    moments.count = total;
    moments.sum = grown.sum;
    moments.min = buckets[0]?.lower ?? Number.NaN;
    moments.max = buckets.at(-1)?.upper ?? Number.NaN;
    for (const { lower, upper, count: n } of buckets) moments.m2 += n * (middle(lower, upper) - mean) ** 2;
  }
  const at = (q: number): number => {
    let rank = q * total;
    for (const { lower, upper, count: n } of buckets) {
      if (rank <= n) return lower > 0 ? lower * (upper / lower) ** (rank / n) : lower + ((upper - lower) * rank) / n;
      rank -= n;
    }
    return buckets.at(-1)?.upper ?? Number.NaN;
  };
  return assemble(labels, count, moments, at, (count * 1000) / windowMs, total > 0 ? moments.sum / total : Number.NaN);
}

const middle = (lower: number, upper: number): number => (lower > 0 && upper > 0 ? Math.sqrt(lower * upper) : (lower + upper) / 2);

interface Bucket {
  readonly lower: number;
  readonly upper: number;
  readonly count: number;
}

function bucketsOf(histogram: NativeHistogram): Bucket[] {
  const bound = (index: number): { lower: number; upper: number } =>
    histogram.customValues === undefined
      ? { lower: bucketLowerBound(index, histogram.schema), upper: bucketUpperBound(index, histogram.schema) }
      : {
          lower: index === 0 ? 0 : (histogram.customValues[index - 1] ?? 0),
          upper: histogram.customValues[index] ?? histogram.customValues.at(-1) ?? 0,
        };
  const positive = [...fromSpans(histogram.positiveSpans, histogram.positiveBuckets)].map(([index, count]) => ({ ...bound(index), count }));
  const negative = [...fromSpans(histogram.negativeSpans, histogram.negativeBuckets)].map(([index, count]) => {
    const { lower, upper } = bound(index);
    return { lower: -upper, upper: -lower, count };
  });
  return [...negative.toReversed(), { lower: 0, upper: 0, count: histogram.zeroCount }, ...positive].filter((bucket) => bucket.count > 0);
}
