/**
 * `</` and `>/`: keeps the observations of a histogram below or above a bound (Prometheus `FloatHistogram.TrimBuckets`).
 * The bucket the bound cuts is interpolated, linearly in custom buckets and the zero bucket, exponentially elsewhere; of a
 * bucket that reaches to infinity nothing is known, so it mostly goes whole. The sum is estimated anew from bucket middles.
 */
import type { NativeHistogram } from "../../model/histogram.ts";
import { bucketsOf, type Buckets, compact, isCustom, lowerBound, upperBound } from "./buckets.ts";

/** What is kept of one bucket and where its observations are taken to lie. */
interface Kept {
  readonly count: number;
  readonly middle: number;
}

interface Interval {
  readonly lower: number;
  readonly upper: number;
  readonly count: number;
}

function middleOf(lower: number, upper: number, linear: boolean, sign: number): number {
  if (lower === -Infinity) return upper === Infinity ? 0 : upper > 0 ? upper / 2 : upper;
  if (upper === Infinity) return lower;
  return linear ? (lower + upper) / 2 : sign * Math.sqrt(Math.abs(lower * upper));
}

function keepUnbounded({ lower, upper, count }: Interval, bound: number, below: boolean): Kept {
  const gone = { count: 0, middle: 0 };
  if (lower === -Infinity) {
    // A first bucket with a positive bound is taken to start at 0.
    const fromZero = upper > 0 && upper !== Infinity;
    if (below) {
      if (bound >= upper) return { count, middle: 0 };
      if (bound > 0 && fromZero) return { count: (count * bound) / upper, middle: bound / 2 };
      return upper <= 0 ? { count, middle: bound } : gone;
    }
    if (bound === -Infinity) return { count, middle: 0 };
    return bound >= 0 && upper > bound && fromZero ? { count: count * (1 - bound / upper), middle: (bound + upper) / 2 } : gone;
  }
  return !below && bound >= lower ? { count, middle: bound } : gone;
}

function keepOf(bucket: Interval, bound: number, below: boolean, linear: boolean, sign: number): Kept {
  const { lower, upper, count } = bucket;
  if (below ? upper <= bound : lower >= bound) return { count, middle: middleOf(lower, upper, linear, sign) };
  if (below ? lower >= bound : upper <= bound) return { count: 0, middle: 0 };
  if (lower === -Infinity || upper === Infinity) return keepUnbounded(bucket, bound, below);
  const log = (x: number): number => Math.log2(Math.abs(x));
  const share = linear
    ? (bound - lower) / (upper - lower)
    : sign > 0
      ? (log(bound) - log(lower)) / (log(upper) - log(lower))
      : 1 - (log(bound) - log(upper)) / (log(lower) - log(upper));
  return below
    ? { count: count * share, middle: middleOf(lower, bound, linear, sign) }
    : { count: count - count * share, middle: middleOf(bound, upper, linear, sign) };
}

/** The zero bucket lies on the side that has other observations, on both if both or neither have. */
function keepOfZero(h: NativeHistogram, bound: number, below: boolean): Kept {
  const populated = (counts: readonly number[]): boolean => counts.some((count) => count !== 0);
  const negative = populated(h.negativeBuckets);
  const positive = populated(h.positiveBuckets);
  const lower = positive && !negative ? 0 : -h.zeroThreshold;
  const upper = negative && !positive ? 0 : h.zeroThreshold;
  return keepOf({ lower, upper, count: h.zeroCount }, bound, below, true, 1);
}

export function trimHistogram(h: NativeHistogram, bound: number, below: boolean): NativeHistogram {
  const linear = isCustom(h);
  let count = 0;
  let sum = 0;
  let changed = false;
  const add = (kept: Kept, before: number): number => {
    count += kept.count;
    sum += kept.middle * kept.count;
    changed ||= kept.count !== before;
    return kept.count;
  };
  const cut = (buckets: Buckets, sign: 1 | -1): Buckets => ({
    indices: buckets.indices,
    counts: buckets.indices.map((index, i) => {
      const before = buckets.counts[i] ?? 0;
      if (before === 0) return 0;
      const near = lowerBound(h.schema, index, h.customValues);
      const far = upperBound(h.schema, index, h.customValues);
      const bucket = sign === 1 ? { lower: near, upper: far, count: before } : { lower: -far, upper: -near, count: before };
      return add(keepOf(bucket, bound, below, linear, sign), before);
    }),
  });
  const positive = compact(cut(bucketsOf(h.positiveSpans, h.positiveBuckets), 1));
  const negative = compact(cut(bucketsOf(h.negativeSpans, h.negativeBuckets), -1));
  const zeroCount = h.zeroCount > 0 ? add(keepOfZero(h, bound, below), h.zeroCount) : h.zeroCount;
  if (!changed) return h;
  return {
    ...h,
    count,
    sum,
    zeroCount,
    positiveSpans: positive.spans,
    positiveBuckets: positive.counts,
    negativeSpans: negative.spans,
    negativeBuckets: negative.counts,
  };
}
