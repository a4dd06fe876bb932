/** Count, sum, spread and extremes of a set of values. `m2` is the sum of squared distances from the mean. */
export interface Moments {
  count: number;
  sum: number;
  m2: number;
  min: number;
  max: number;
}

export const emptyMoments = (): Moments => ({ count: 0, sum: 0, m2: 0, min: Number.POSITIVE_INFINITY, max: Number.NEGATIVE_INFINITY });

/** One more value (Welford 1962). */
export function addValue(into: Moments, value: number): void {
  const delta = into.count === 0 ? 0 : value - into.sum / into.count;
  into.count++;
  into.sum += value;
  into.m2 += delta * (value - into.sum / into.count);
  if (value < into.min) into.min = value;
  if (value > into.max) into.max = value;
}

/** Population standard deviation, as PromQL's `stddev_over_time`. NaN for no values. */
export const standardDeviation = (moments: Moments): number =>
  moments.count === 0 ? Number.NaN : Math.sqrt(Math.max(0, moments.m2 / moments.count));

/** Squares of values beyond these are no numbers, or nothing. */
const LARGEST = 1e150;
const SMALLEST = 1e-150;

/** Mean and population standard deviation of values whose squares may be too large or too small for a number: in units of a power of two beside the largest. */
export function meanAndDeviation(values: ArrayLike<number>, moments: Moments): { readonly mean: number; readonly stddev: number } {
  const largest = Math.max(Math.abs(moments.min), Math.abs(moments.max));
  const spread = moments.max - moments.min;
  const isUsual = largest === 0 || !Number.isFinite(largest) || (largest < LARGEST && (spread === 0 || spread > SMALLEST));
  if (moments.count === 0 || isUsual) return { mean: moments.sum / moments.count, stddev: standardDeviation(moments) };
  const unit = 2 ** Math.max(-1022, Math.floor(Math.log2(largest)));
  const scaled = emptyMoments();
  for (let i = 0; i < values.length; i++) addValue(scaled, (values[i] ?? 0) / unit);
  return { mean: (scaled.sum / scaled.count) * unit, stddev: standardDeviation(scaled) * unit };
}
