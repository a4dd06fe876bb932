import { partAt } from "./order-statistic.ts";

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

/** The q-quantile by linear interpolation between order statistics; NaN sorts first. Leaves `values` in another order. */
export function quantileOf(q: number, values: Float64Array): number {
  const size = values.length;
  if (size === 0 || q !== q) return NaN;
  if (q < 0) return -Infinity;
  if (q > 1) return Infinity;
  const n = numbersFirst(values);
  const rank = q * (size - 1);
  const nans = size - n;
  const lower = Math.floor(rank) - nans;
  if (lower < 0) return NaN;
  partAt(values, n, lower);
  const low = values[lower] as number;
  let high = lower + 1 < n ? Infinity : low;
  for (let i = lower + 1; i < n; i++) if ((values[i] as number) < high) high = values[i] as number;
  const weight = rank - Math.floor(rank);
  return low * (1 - weight) + high * weight;
}

/** Moves NaNs to the end; how many others there are. */
function numbersFirst(values: Float64Array): number {
  let n = values.length;
  for (let i = 0; i < n;) {
    const value = values[i] as number;
    if (value === value) i++;
    else {
      values[i] = values[--n] as number;
      values[n] = value;
    }
  }
  return n;
}
