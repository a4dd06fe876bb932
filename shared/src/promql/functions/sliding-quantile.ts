/** Quantiles of sliding windows: the window's values kept in order, samples put in and taken out by binary search. */
import type { FloatColumn } from "./float-windows.ts";
import { quantileOfSorted } from "./quantile.ts";
import { sortFloats } from "./sort-floats.ts";

/** First index of `sorted[0…n)` whose value is not below x. */
function lowerBound(sorted: Float64Array, n: number, x: number): number {
  let from = 0;
  let to = n;
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((sorted[middle] as number) < x) from = middle + 1;
    else to = middle;
  }
  return from;
}

/** To find the place of a sample, and to move one of those behind it. */
const FIND_NS = 60;
const MOVE_NS = 0.2;

export function slidingQuantile(q: Float64Array): FloatColumn {
  let sorted = new Float64Array(0);
  return function* ({ floats, bounds, read }, values, kinds, pace) {
    const { lo, hi } = bounds;
    if (sorted.length < floats.length) sorted = new Float64Array(floats.length);
    let from = 0;
    let to = 0;
    let n = 0;
    let nans = 0;
    for (let step = 0; step < read.count; step++) {
      const newFrom = lo[step] as number;
      const newTo = hi[step] as number;
      if (newFrom === newTo) continue;
      if (newFrom >= to || 4 * (newFrom - from + (newTo - to)) > newTo - newFrom) {
        n = 0;
        for (let i = newFrom; i < newTo; i++) {
          const x = floats[i] as number;
          if (x === x) sorted[n++] = x;
        }
        nans = newTo - newFrom - n;
        yield* sortFloats(sorted, n, pace);
      } else {
        for (let i = from; i < newFrom; i++) {
          const x = floats[i] as number;
          if (x !== x) {
            nans--;
            continue;
          }
          const at = lowerBound(sorted, n, x);
          sorted.copyWithin(at, at + 1, n);
          n--;
          if (pace.spend(FIND_NS + n * MOVE_NS)) yield;
        }
        for (let i = to; i < newTo; i++) {
          const x = floats[i] as number;
          if (x !== x) {
            nans++;
            continue;
          }
          const at = lowerBound(sorted, n, x);
          sorted.copyWithin(at + 1, at, n);
          sorted[at] = x;
          n++;
          if (pace.spend(FIND_NS + n * MOVE_NS)) yield;
        }
      }
      from = newFrom;
      to = newTo;
      values[step] = quantileOfSorted(q[step] ?? NaN, sorted, n, nans);
      kinds[step] = 1;
    }
  };
}
