/** The q-quantile of `sorted[0…n)` and of `nans` NaNs before it (Prometheus sorts them first), by linear interpolation. */
export function quantileOfSorted(q: number, sorted: Float64Array, n: number, nans: number): number {
  const size = n + nans;
  if (size === 0 || q !== q) return NaN;
  if (q < 0) return -Infinity;
  if (q > 1) return Infinity;
  const rank = q * (size - 1);
  const lower = Math.floor(rank);
  const upper = Math.min(size - 1, lower + 1);
  const weight = rank - lower;
  const low = lower < nans ? NaN : (sorted[lower - nans] ?? NaN);
  const high = upper < nans ? NaN : (sorted[upper - nans] ?? NaN);
  return low * (1 - weight) + high * weight;
}

/** The q-quantile by linear interpolation between order statistics; NaN sorts first. Sorts `values` in place. */
export function quantileOf(q: number, values: Float64Array): number {
  if (values.length === 0 || q !== q) return NaN;
  if (q < 0) return -Infinity;
  if (q > 1) return Infinity;
  values.sort();
  // Typed arrays sort NaN last.
  let nans = 0;
  while (nans < values.length && values[values.length - 1 - nans] !== values[values.length - 1 - nans]) nans++;
  return quantileOfSorted(q, values, values.length - nans, nans);
}
