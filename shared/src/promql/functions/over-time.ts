/** Statistics of the floats in a window. Loops over typed arrays; compensated sums as in Prometheus. */
import type { Pace, Stepwise } from "../evaluation/pace.ts";
import type { Window, WindowResult } from "../select/window.ts";
import { numbersOf, quantileOf, quantileStepwise } from "./quantile.ts";

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

/** Quantiles of a window with more samples than this stop in between. */
const MANY = 65_536;

export function quantileOverTime({ series, fLo, fHi }: Window, q: number, pace: Pace): WindowResult {
  return fHi - fLo > MANY ? longQuantile(series.floats, fLo, fHi, q, pace) : quantileOf(q, series.floats.slice(fLo, fHi));
}

function* longQuantile(floats: Float64Array, from: number, to: number, q: number, pace: Pace): Stepwise<number> {
  const { values, n } = yield* numbersOf(floats, from, to, pace);
  return yield* quantileStepwise(q, values, n, to - from - n, pace);
}

/** NaN where any sample is: what lies in the middle of values of which one is not known is not known either. */
export function madOverTime({ series, fLo, fHi }: Window, pace: Pace): WindowResult {
  if (fHi - fLo > MANY) return longMad(series.floats, fLo, fHi, pace);
  const values = series.floats.slice(fLo, fHi);
  if (values.some((x) => x !== x)) return NaN;
  const median = quantileOf(0.5, values);
  return quantileOf(
    0.5,
    values.map((x) => Math.abs(x - median)),
  );
}

function* longMad(floats: Float64Array, from: number, to: number, pace: Pace): Stepwise<number> {
  const { values, n } = yield* numbersOf(floats, from, to, pace);
  if (n < to - from) return NaN;
  const median = yield* quantileStepwise(0.5, values, n, 0, pace);
  let known = 0;
  for (let at = 0; at < n; at += MANY) {
    for (let i = at; i < Math.min(n, at + MANY); i++) {
      const deviation = Math.abs((values[i] as number) - median);
      // From one infinity to another there is none.
      if (deviation === deviation) values[known++] = deviation;
    }
    if (pace.spend(MANY * DEVIATION_NS)) yield;
  }
  return yield* quantileStepwise(0.5, values, known, n - known, pace);
}

const DEVIATION_NS = 4;
