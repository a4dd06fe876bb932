import type { NativeHistogram } from "../model/histogram.ts";
import { fromSpans } from "./bucket-range.ts";
import { bucketLowerBound, bucketUpperBound } from "./exponential-bucket.ts";

const CUSTOM_BOUNDS = -53;

/**
 * Observations at or below `threshold` ≥ 0. Within the bucket that straddles it they are taken as spread evenly over the
 * logarithm (Prometheus's interpolation for exponential buckets), evenly over the value for custom bounds.
 */
export function countAtOrBelow(histogram: NativeHistogram, threshold: number): number {
  const custom = histogram.schema === CUSTOM_BOUNDS;
  let below = 0;
  for (const count of histogram.negativeBuckets) below += count;
  if (threshold >= histogram.zeroThreshold || threshold >= 0) below += histogram.zeroCount;
  for (const [index, count] of fromSpans(histogram.positiveSpans, histogram.positiveBuckets)) {
    if (count === 0) continue;
    const upper = custom ? (histogram.customValues?.[index] ?? Number.POSITIVE_INFINITY) : bucketUpperBound(index, histogram.schema);
    const lower = custom ? (index === 0 ? 0 : (histogram.customValues?.[index - 1] ?? 0)) : bucketLowerBound(index, histogram.schema);
    if (upper <= threshold) below += count;
    else if (lower >= threshold) break;
    else if (Number.isFinite(upper))
      below += count * (custom ? (threshold - lower) / (upper - lower) : Math.log2(threshold / lower) / Math.log2(upper / lower));
  }
  return below;
}
