/** The q-quantile by linear interpolation between order statistics; NaN sorts first. Sorts `values` in place. */
export function quantileOf(q: number, values: Float64Array): number {
  if (values.length === 0 || q !== q) return NaN;
  if (q < 0) return -Infinity;
  if (q > 1) return Infinity;
  values.sort();
  // Typed arrays sort NaN last, Prometheus first.
  let nans = 0;
  while (nans < values.length && values[values.length - 1 - nans] !== values[values.length - 1 - nans]) nans++;
  const at = (index: number): number => (index < nans ? NaN : (values[index - nans] ?? NaN));
  const rank = q * (values.length - 1);
  const lower = Math.max(0, Math.floor(rank));
  const upper = Math.min(values.length - 1, lower + 1);
  const weight = rank - Math.floor(rank);
  return at(lower) * (1 - weight) + at(upper) * weight;
}
