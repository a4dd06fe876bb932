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

/**
 * The q-quantile, exponentially interpolated (linearly in the zero bucket and in custom ones). Counts from the nearer end;
 * with NaN observations (sum is NaN) always from below, and a rank beyond the buckets gives NaN.
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
  if (seen < rank && h.sum !== h.sum) return NaN;
  const bucket = adjusted(found, h);
  if (bucket.lower === bucket.upper) return bucket.upper;
  const inside = forward ? rank - (seen - bucket.count) : seen - rank;
  return interpolate(bucket, inside / bucket.count, h);
}

export function histogramFraction(lower: number, upper: number, h: NativeHistogram): number {
  if (h.count === 0 || lower !== lower || upper !== upper) return NaN;
  if (lower >= upper) return 0;
  const below = (bound: number): number => {
    let total = 0;
    for (const raw of ascendingBuckets(h)) {
      // What is in a bucket without a lower end that no zero cuts off is at -Inf.
      const atInfinity = raw.lower === -Infinity && raw.upper <= 0;
      const bucket = raw.upper === Infinity ? raw : adjusted(raw, h);
      if (bucket.upper <= bound || (atInfinity && bound > -Infinity)) total += bucket.count;
      else if (bucket.lower < bound && bucket.upper !== Infinity) {
        const linear = raw.zero || isCustom(h) || bucket.lower === 0;
        const share = linear
          ? (bound - bucket.lower) / (bucket.upper - bucket.lower)
          : bucket.lower > 0
            ? (Math.log2(bound) - Math.log2(bucket.lower)) / (Math.log2(bucket.upper) - Math.log2(bucket.lower))
            : 1 - (Math.log2(-bound) - Math.log2(-bucket.upper)) / (Math.log2(-bucket.lower) - Math.log2(-bucket.upper));
        total += bucket.count * share;
      }
    }
    // Where buckets hold more than is counted in all, the count is believed.
    return Math.min(total, h.count);
  };
  if (lower === -Infinity && upper === Infinity) return h.sum !== h.sum ? below(Infinity) / h.count : 1;
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
