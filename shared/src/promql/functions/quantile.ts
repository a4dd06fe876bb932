import type { Pace, Stepwise } from "../evaluation/pace.ts";
import { partAt, partAtStepwise } from "./order-statistic.ts";

/** So many values are looked at in one go, and what one takes. */
const TOGETHER = 65_536;
const SCAN_NS = 4;

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
  const place = placeOf(q, values.length, numbersFirst(values));
  if (typeof place === "number") return place;
  const { n, lower, weight } = place;
  partAt(values, n, lower);
  const low = values[lower] as number;
  return low * (1 - weight) + least(values, lower + 1, n, lower + 1 < n ? Infinity : low) * weight;
}

/** The same of the numbers values[0…n) and of `nans` NaNs besides, in steps of work. */
export function* quantileStepwise(q: number, values: Float64Array, n: number, nans: number, pace: Pace): Stepwise<number> {
  const place = placeOf(q, n + nans, n);
  if (typeof place === "number") return place;
  const { lower, weight } = place;
  yield* partAtStepwise(values, n, lower, pace);
  const low = values[lower] as number;
  let high = lower + 1 < n ? Infinity : low;
  for (let from = lower + 1; from < n; from += TOGETHER) {
    high = least(values, from, Math.min(n, from + TOGETHER), high);
    if (pace.spend(TOGETHER * SCAN_NS)) yield;
  }
  return low * (1 - weight) + high * weight;
}

/** The numbers among samples from…to-1, in the first `n` places of a column of their own, in steps of work. */
export function* numbersOf(
  samples: Float64Array,
  from: number,
  to: number,
  pace: Pace,
): Stepwise<{ readonly values: Float64Array; readonly n: number }> {
  const values = new Float64Array(to - from);
  let n = 0;
  for (let at = from; at < to; at += TOGETHER) {
    const end = Math.min(to, at + TOGETHER);
    for (let i = at; i < end; i++) {
      const value = samples[i] as number;
      if (value === value) values[n++] = value;
    }
    if (pace.spend((end - at) * SCAN_NS)) yield;
  }
  return { values, n };
}

/** Where the q-quantile of `size` values lies among the n numbers of them, or what it is whatever they are. */
function placeOf(q: number, size: number, n: number): number | { readonly n: number; readonly lower: number; readonly weight: number } {
  if (size === 0 || q !== q) return NaN;
  if (q < 0) return -Infinity;
  if (q > 1) return Infinity;
  const rank = q * (size - 1);
  const lower = Math.floor(rank) - (size - n);
  return lower < 0 ? NaN : { n, lower, weight: rank - Math.floor(rank) };
}

/** The least of values from…to-1, or `most`. */
function least(values: Float64Array, from: number, to: number, most: number): number {
  let found = most;
  for (let i = from; i < to; i++) if ((values[i] as number) < found) found = values[i] as number;
  return found;
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
