/** Statistics of the floats in a window. Loops over typed arrays; compensated sums as in Prometheus. */
import type { Window } from "../select/window.ts";
import { quantileOf } from "./quantile.ts";

/** Kahan–Neumaier sum of floats[lo…hi). */
export function compensatedSum(floats: Float64Array, lo: number, hi: number): number {
  let sum = 0;
  let lost = 0;
  for (let i = lo; i < hi; i++) {
    const x = floats[i] ?? 0;
    const t = sum + x;
    if (!Number.isFinite(t)) lost = 0;
    else if (Math.abs(sum) >= Math.abs(x)) lost += sum - t + x;
    else lost += x - t + sum;
    sum = t;
  }
  return Number.isFinite(sum) ? sum + lost : sum;
}

export const sumOverTime = (w: Window): number => compensatedSum(w.series.floats, w.fLo, w.fHi);

/** Mean of floats[lo…hi): by sum, or incrementally where the sum would overflow. */
export function meanOf(floats: Float64Array, lo: number, hi: number): number {
  const sum = compensatedSum(floats, lo, hi);
  if (Number.isFinite(sum)) return sum / (hi - lo);
  let mean = 0;
  for (let i = lo; i < hi; i++) {
    const x = floats[i] ?? 0;
    if (Math.abs(mean) === Infinity) {
      if (Math.abs(x) === Infinity && mean > 0 === x > 0) continue;
      if (Number.isFinite(x)) continue;
    }
    const n = i - lo + 1;
    mean += x / n - mean / n;
  }
  return mean;
}

export const avgOverTime = (w: Window): number => meanOf(w.series.floats, w.fLo, w.fHi);

function extreme(w: Window, sign: number): number {
  const { floats } = w.series;
  let best = floats[w.fLo] ?? NaN;
  for (let i = w.fLo + 1; i < w.fHi; i++) {
    const x = floats[i] ?? NaN;
    if (x * sign > best * sign || best !== best) best = x;
  }
  return best;
}

export const maxOverTime = (w: Window): number => extreme(w, 1);
export const minOverTime = (w: Window): number => extreme(w, -1);

function extremeTime(w: Window, sign: number): number {
  const { floats, floatTimes } = w.series;
  let at = w.fLo;
  for (let i = w.fLo + 1; i < w.fHi; i++) {
    const x = floats[i] ?? NaN;
    const best = floats[at] ?? NaN;
    if (x * sign >= best * sign || best !== best) at = i;
  }
  return (floatTimes[at] ?? 0) / 1000;
}

export const tsOfMaxOverTime = (w: Window): number => extremeTime(w, 1);
export const tsOfMinOverTime = (w: Window): number => extremeTime(w, -1);

/** Population variance by Welford's method. */
export function varianceOverTime(w: Window): number {
  const { floats } = w.series;
  let mean = 0;
  let squares = 0;
  for (let i = w.fLo; i < w.fHi; i++) {
    const x = floats[i] ?? 0;
    const delta = x - mean;
    mean += delta / (i - w.fLo + 1);
    squares += delta * (x - mean);
  }
  return squares / (w.fHi - w.fLo);
}

export const quantileOverTime = (w: Window, q: number): number => quantileOf(q, w.series.floats.slice(w.fLo, w.fHi));

/** NaN where any sample is: what lies in the middle of values of which one is not known is not known either. */
export function madOverTime(w: Window): number {
  const values = w.series.floats.slice(w.fLo, w.fHi);
  if (values.some((x) => x !== x)) return NaN;
  const median = quantileOf(0.5, values);
  return quantileOf(
    0.5,
    values.map((x) => Math.abs(x - median)),
  );
}
