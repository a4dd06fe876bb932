/** Keeps the observations of a histogram below or above a bound, by interpolation inside the bucket the bound cuts. */
import type { NativeHistogram } from "../../model/histogram.ts";
import { bucketsOf, type Buckets, compact, isCustom, lowerBound, upperBound } from "./buckets.ts";

function share(lower: number, upper: number, bound: number, exponential: boolean): number {
  if (bound <= lower) return 0;
  if (bound >= upper) return 1;
  if (lower === -Infinity) return upper > 0 ? Math.max(0, bound / upper) : 0;
  if (upper === Infinity) return 0;
  if (exponential && lower > 0) return (Math.log2(bound) - Math.log2(lower)) / (Math.log2(upper) - Math.log2(lower));
  if (exponential && upper < 0) return 1 - (Math.log2(-bound) - Math.log2(-upper)) / (Math.log2(-lower) - Math.log2(-upper));
  return (bound - lower) / (upper - lower);
}

/** `below`: keep what is under `bound`; otherwise what is over it. The sum is estimated from bucket centres. */
export function trimHistogram(h: NativeHistogram, bound: number, below: boolean): NativeHistogram {
  const custom = isCustom(h);
  let count = 0;
  let sum = 0;
  const cut = (buckets: Buckets, sign: 1 | -1): Buckets => ({
    indices: buckets.indices,
    counts: buckets.indices.map((index, i) => {
      const low = lowerBound(h.schema, index, h.customValues);
      const high = upperBound(h.schema, index, h.customValues);
      const [lower, upper] = sign === 1 ? [low, high] : [-high, -low];
      const under = share(lower, upper, bound, !custom);
      const kept = (buckets.counts[i] ?? 0) * (below ? under : 1 - under);
      const from = below ? lower : Math.max(lower, Math.min(bound, upper));
      const to = below ? Math.min(upper, Math.max(bound, lower)) : upper;
      const middle =
        custom || from <= 0 ? (Number.isFinite(from) ? (Number.isFinite(to) ? (from + to) / 2 : from) : to) : Math.sqrt(from * to);
      count += kept;
      if (kept !== 0) sum += kept * (sign === -1 && to < 0 ? -Math.sqrt(from * to) : middle);
      return kept;
    }),
  });
  const positive = compact(cut(bucketsOf(h.positiveSpans, h.positiveBuckets), 1));
  const negative = compact(cut(bucketsOf(h.negativeSpans, h.negativeBuckets), -1));
  const under = share(-h.zeroThreshold, h.zeroThreshold, bound, false);
  const zeroCount = h.zeroCount * (below ? under : 1 - under);
  count += zeroCount;
  const whole = Math.abs(count - h.count) < 1e-12 * Math.abs(h.count);
  return {
    ...h,
    count: whole ? h.count : count,
    sum: whole ? h.sum : sum,
    zeroCount,
    positiveSpans: positive.spans,
    positiveBuckets: positive.counts,
    negativeSpans: negative.spans,
    negativeBuckets: negative.counts,
  };
}
