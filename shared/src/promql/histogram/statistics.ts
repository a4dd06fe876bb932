/** Quantile, fraction and variance estimated from a native histogram's buckets. */
import type { NativeHistogram } from "../../model/histogram.ts";
import { ascendingBuckets, isCustom, type BoundedBucket } from "./buckets.ts";

function interpolate(bucket: BoundedBucket, fraction: number, h: NativeHistogram): number {
  const { lower, upper } = bucket;
  if (bucket.zero || isCustom(h)) return lower + (upper - lower) * fraction;
  const logLower = Math.log2(Math.abs(lower));
  const logUpper = Math.log2(Math.abs(upper));
  if (lower > 0 || (lower === 0 && upper > 0)) return 2 ** (logLower + (logUpper - logLower) * fraction);
  return -(2 ** (logUpper + (logLower - logUpper) * (1 - fraction)));
}

/** One-sided zero buckets hold only the side that has other buckets; custom first buckets start at 0 when positive. */
function adjusted(bucket: BoundedBucket, h: NativeHistogram): BoundedBucket {
  if (bucket.zero) {
    if (h.negativeBuckets.length === 0 && h.positiveBuckets.length > 0) return { ...bucket, lower: 0 };
    if (h.positiveBuckets.length === 0 && h.negativeBuckets.length > 0) return { ...bucket, upper: 0 };
  } else if (isCustom(h)) {
    if (bucket.lower === -Infinity && bucket.upper > 0) return { ...bucket, lower: 0 };
    if (bucket.lower === -Infinity) return { ...bucket, lower: bucket.upper };
    if (bucket.upper === Infinity) return { ...bucket, upper: bucket.lower };
  }
  return bucket;
}

/** What the buckets hold; NaN observations are counted by the histogram alone. */
const held = (buckets: readonly BoundedBucket[]): number => buckets.reduce((total, { count }) => total + count, 0);

/** Whether NaNs were observed. A sum that is NaN alone may be one of infinities, as is that of any rate after one. */
export const holdsNaN = (h: NativeHistogram): boolean => h.sum !== h.sum && held(ascendingBuckets(h)) < h.count;

/**
 * The q-quantile, exponentially interpolated (linearly in the zero bucket and in custom ones). Counts from the nearer end;
 * with NaN observations (sum is NaN) always from below, and a rank beyond the buckets gives NaN. Where buckets hold more than
 * is counted in all, the count is believed; where they hold less, what is missing lies at the end of the last.
 */
export function histogramQuantile(q: number, h: NativeHistogram): number {
  if (q < 0) return -Infinity;
  if (q > 1) return Infinity;
  if (h.count === 0 || q !== q) return NaN;
  const forward = h.sum !== h.sum || q < 0.5;
  const buckets = ascendingBuckets(h);
  if (!forward) buckets.reverse();
  const rank = (forward ? q : 1 - q) * h.count;
  let seen = 0;
  let found: BoundedBucket | undefined;
  for (const bucket of buckets) {
    if (bucket.count === 0) continue;
    seen += bucket.count;
    found = bucket;
    // Of empty buckets around the rank the quantile is where the next observations begin, from whichever end one counts.
    if (forward ? seen > rank : seen >= rank) break;
  }
  if (found === undefined) return NaN;
  const bucket = adjusted(found, h);
  if (isCustom(h) && bucket.lower === bucket.upper) return bucket.upper;
  seen = Math.min(seen, h.count);
  if (seen < rank) return h.sum !== h.sum ? NaN : bucket.upper;
  const inside = forward ? rank - (seen - bucket.count) : seen - rank;
  return interpolate(bucket, inside / bucket.count, h);
}

/** The share of a bucket that lies below a bound inside it. */
function shareBelow(bound: number, { lower, upper, zero }: BoundedBucket, h: NativeHistogram): number {
  // What is in a bucket without an end that no zero cuts off is at that infinity.
  if (upper === Infinity) return 0;
  if (lower === -Infinity) return 1;
  if (zero || isCustom(h) || lower === 0) return (bound - lower) / (upper - lower);
  if (lower > 0) return (Math.log2(bound) - Math.log2(lower)) / (Math.log2(upper) - Math.log2(lower));
  return 1 - (Math.log2(-bound) - Math.log2(-upper)) / (Math.log2(-lower) - Math.log2(-upper));
}

/** The share of observations between two bounds. At zero itself, as where the zero bucket has no width, they are above it. */
export function histogramFraction(lower: number, upper: number, h: NativeHistogram): number {
  if (h.count === 0 || lower !== lower || upper !== upper) return NaN;
  if (lower >= upper) return 0;
  const buckets = ascendingBuckets(h);
  // Where buckets hold more or less than is counted in all, the count is believed, unless NaNs make the difference.
  const all = h.sum !== h.sum ? held(buckets) : h.count;
  const below = (bound: number): number => {
    let total = 0;
    for (const raw of buckets) {
      const bucket = raw.upper === Infinity || raw.upper <= 0 ? raw : adjusted(raw, h);
      if (bucket.lower >= bound) return Math.min(total, all);
      if (bucket.upper > bound) return Math.min(total + bucket.count * shareBelow(bound, bucket, h), all);
      total += bucket.count;
    }
    return all;
  };
  return (below(upper) - below(lower)) / h.count;
}

/** Population variance, each bucket standing at its (geometric) middle. */
export function histogramVariance(h: NativeHistogram): number {
  const mean = h.sum / h.count;
  let sum = 0;
  let lost = 0;
  for (const bucket of ascendingBuckets(h)) {
    if (bucket.count === 0) continue;
    let middle: number;
    if (bucket.zero) middle = 0;
    // Of an open bucket it is infinite.
    else if (isCustom(h)) middle = (bucket.lower + bucket.upper) / 2;
    else middle = Math.sqrt(bucket.lower * bucket.upper) * (bucket.upper < 0 ? -1 : 1);
    const term = bucket.count * (middle - mean) ** 2;
    const t = sum + term;
    if (Number.isFinite(t)) lost += Math.abs(sum) >= Math.abs(term) ? sum - t + term : term - t + sum;
    sum = t;
  }
  return (sum + lost) / h.count;
}
