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
