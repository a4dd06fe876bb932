/** Least squares and smoothing over a window: deriv, predict_linear, double_exponential_smoothing. */
import { QueryError } from "../failure.ts";
import type { Window } from "../select/window.ts";

/** Slope per second and value at `interceptMs` of the least-squares line (Prometheus `linearRegression`, compensated). */
export function linearRegression(w: Window, interceptMs: number): { readonly slope: number; readonly intercept: number } {
  const { floats, floatTimes } = w.series;
  const n = w.fHi - w.fLo;
  const first = floats[w.fLo] ?? 0;
  let constant = true;
  let sumX = 0,
    sumY = 0,
    sumXY = 0,
    sumX2 = 0;
  let cX = 0,
    cY = 0,
    cXY = 0,
    cX2 = 0;
  for (let i = w.fLo; i < w.fHi; i++) {
    const y = floats[i] ?? 0;
    if (y !== first) constant = false;
    const x = ((floatTimes[i] ?? 0) - interceptMs) / 1000;
    let t = sumX + x;
    cX += Math.abs(sumX) >= Math.abs(x) ? sumX - t + x : x - t + sumX;
    sumX = t;
    t = sumY + y;
    cY += Math.abs(sumY) >= Math.abs(y) ? sumY - t + y : y - t + sumY;
    sumY = t;
    t = sumXY + x * y;
    cXY += Math.abs(sumXY) >= Math.abs(x * y) ? sumXY - t + x * y : x * y - t + sumXY;
    sumXY = t;
    t = sumX2 + x * x;
    cX2 += Math.abs(sumX2) >= x * x ? sumX2 - t + x * x : x * x - t + sumX2;
    sumX2 = t;
  }
  if (constant) return Number.isFinite(first) ? { slope: 0, intercept: first } : { slope: NaN, intercept: NaN };
  sumX += cX;
  sumY += cY;
  sumXY += cXY;
  sumX2 += cX2;
  const slope = (sumXY - (sumX * sumY) / n) / (sumX2 - (sumX * sumX) / n);
  return { slope, intercept: sumY / n - (slope * sumX) / n };
}

export function deriv(w: Window): number | undefined {
  if (w.fHi - w.fLo < 2) return undefined;
  return linearRegression(w, w.series.floatTimes[w.fLo] ?? 0).slope;
}

export function predictLinear(w: Window, seconds: number): number | undefined {
  if (w.fHi - w.fLo < 2) return undefined;
  const { slope, intercept } = linearRegression(w, w.evalMs);
  return slope * seconds + intercept;
}

/** @throws QueryError where one of them does not lie between 0 and 1. */
export function checkFactors(smoothing: number, trend: number): void {
  const refuse = (name: string, symbol: string, got: number): never => {
    throw new QueryError("execution", `invalid ${name} factor. Expected: 0 < ${symbol} < 1, got: ${got.toFixed(6)}`);
  };
  if (smoothing <= 0 || smoothing >= 1) refuse("smoothing", "sf", smoothing);
  if (trend <= 0 || trend >= 1) refuse("trend", "tf", trend);
}

/** Holt's linear method with level factor `sf` and trend factor `tf`. */
export function doubleExponentialSmoothing(w: Window, sf: number, tf: number): number | undefined {
  const { floats } = w.series;
  if (w.fHi - w.fLo < 2) return undefined;
  let older = 0;
  let level = floats[w.fLo] ?? 0;
  let trend = (floats[w.fLo + 1] ?? 0) - level;
  for (let i = w.fLo + 1; i < w.fHi; i++) {
    if (i > w.fLo + 1) trend = tf * (level - older) + (1 - tf) * trend;
    const next = sf * (floats[i] ?? 0) + (1 - sf) * (level + trend);
    older = level;
    level = next;
  }
  return level;
}
