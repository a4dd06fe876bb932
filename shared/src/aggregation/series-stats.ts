/** Statistics of one series over a window, from its samples. */
import type { SeriesStats } from "../api/responses.ts";
import { counterIncrease } from "./counter-increase.ts";
import { histogramCountIncrease, histogramWasReset } from "./histogram-increase.ts";
import { bucketLowerBound, bucketUpperBound } from "./exponential-bucket.ts";
import { fromSpans } from "./bucket-range.ts";
import { subtractHistograms } from "./histogram-sum.ts";
import { type Moments, addValue, emptyMoments, meanAndDeviation, standardDeviation } from "./moments.ts";
import type { NativeHistogram } from "../model/histogram.ts";
import type { Labels } from "../model/labels.ts";
import type { SelectedSeries } from "../model/sample.ts";

/**
 * What a counter or histogram stood at when the window began: its newest sample before that, or that its first sample ever is inside.
 * Without it growth is counted from the first sample of the window.
 */
export type Opening = { readonly value: number; readonly histogram: NativeHistogram | undefined } | "began_inside";

/**
 * `ratePerSecond`: growth of a counter or observations of a histogram over the whole window when its opening is known, between the first
 * and the last sample when not; samples of anything else over the whole window. A histogram that began inside counts from zero. A counter
 * does not: its first value may be the past of a process that was connected only then.
 */
export function seriesStats(
  labels: Labels,
  series: SelectedSeries | undefined,
  isCounter: boolean,
  windowMs: number,
  opening?: Opening,
): SeriesStats {
  const perSecondOf = (growth: number, first: number, last: number): number =>
    opening === undefined ? perElapsed(growth, series, first, last) : (growth * 1000) / windowMs;
  if (series?.histograms?.some((histogram) => histogram !== undefined) === true)
    return histogramStats(labels, series, opening, perSecondOf);
  const values = series?.values ?? [];
  const sorted = new Float64Array(values.length);
  const moments = emptyMoments();
  let growth = 0;
  let first = -1;
  let last = -1;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? Number.NaN;
    if (value !== value) continue;
    if (last < 0) {
      first = i;
      if (isCounter && typeof opening === "object" && opening.value === opening.value) growth = counterIncrease(opening.value, value);
    } else if (isCounter) growth += counterIncrease(values[last] ?? 0, value);
    sorted[moments.count] = value;
    addValue(moments, value);
    last = i;
  }
  const ranked = sorted.subarray(0, moments.count).sort();
  const perSecond = isCounter ? perSecondOf(growth, first, last) : (moments.count * 1000) / windowMs;
  return assemble(
    labels,
    moments.count,
    moments,
    meanAndDeviation(ranked, moments),
    (q) => quantile(ranked, q),
    perSecond,
    values[last] ?? Number.NaN,
  );
}

/** A window that is covered in part says nothing of the rest: what grew is divided by the time it was watched. */
function perElapsed(growth: number, series: SelectedSeries | undefined, first: number, last: number): number {
  const elapsedMs = (series?.timestamps[last] ?? 0) - (series?.timestamps[first] ?? 0);
  return elapsedMs > 0 ? (growth * 1000) / elapsedMs : 0;
}

function assemble(
  labels: Labels,
  count: number,
  moments: Moments,
  { mean, stddev }: ReturnType<typeof meanAndDeviation>,
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
    mean: none ? Number.NaN : mean,
    median: at(0.5),
    stddev,
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
function histogramStats(
  labels: Labels,
  series: SelectedSeries,
  opening: Opening | undefined,
  perSecondOf: (growth: number, first: number, last: number) => number,
): SeriesStats {
  let before = typeof opening === "object" ? opening.histogram : undefined;
  const fromZero = opening === "began_inside";
  let grown: NativeHistogram | undefined;
  let count = 0;
  let base = before;
  let first = -1;
  let last = -1;
  for (const [i, histogram] of (series.histograms ?? []).entries()) {
    if (histogram === undefined) continue;
    if (first < 0) first = i;
    last = i;
    if (before === undefined) {
      if (fromZero) count = histogram.count;
      else base = histogram;
    } else {
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
  return assemble(
    labels,
    count,
    moments,
    { mean: moments.sum / moments.count, stddev: standardDeviation(moments) },
    at,
    perSecondOf(count, first, last),
    total > 0 ? moments.sum / total : Number.NaN,
  );
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
