import { addHistograms, withinBuckets } from "@sightline/shared/aggregation/histogram-sum";
import type { NativeHistogram } from "@sightline/shared/model/histogram";

/** A running total of differences loses resolution rather than growing, as SDKs' own histograms do (OpenTelemetry: 160 a side). */
const MAX_TOTAL_BUCKETS = 320;

/**
 * The total after a difference. Bounds that changed begin a new count, which readers see as a counter
 * reset. A difference whose sum is no number counts without it, as of explicit buckets, whose `_sum` refuses it: one
 * observation of NaN would else be every later sum's.
 */
export function totalOf(before: NativeHistogram | undefined, difference: NativeHistogram): NativeHistogram {
  const own = Number.isFinite(difference.sum) ? difference : { ...difference, sum: 0 };
  if (before === undefined) return own;
  const total = addHistograms(before, own);
  return total.ok ? withinBuckets(total.value, MAX_TOTAL_BUCKETS) : own;
}
