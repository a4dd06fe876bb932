import type { Member, Seasons } from "./member.ts";
import { huberRidge } from "./ridge.ts";

/**
 * Ridge autoregression on chosen lags with Fourier terms of both seasons (a dynamic harmonic regression).
 * Sources: Hyndman & Athanasopoulos, Forecasting: Principles and Practice, ch. 10.5 and 12.1.
 */
export interface LagRegressionShape {
  readonly name: string;
  /** Fit in logarithms where all values are positive. */
  readonly log: boolean;
  /** Lags in steps, chosen from the seasons. */
  readonly lags: (seasons: Seasons) => number[];
  /** Sine and cosine pairs for the short and the long season. */
  readonly harmonics: readonly [number, number];
  /** Seasonal differencing before the regression: its lag, or 0. */
  readonly difference: (seasons: Seasons, length: number) => number;
  readonly penalty: number;
}

export function lagRegression(shape: LagRegressionShape): Member {
  return {
    name: shape.name,
    forecast(source, seasons, horizon) {
      const n = source.length;
      const y = new Float64Array(n + horizon);
      const log = shape.log && source.every((value) => value > 0);
      for (let i = 0; i < n; i++) y[i] = log ? Math.log(source[i]!) : source[i]!;
      const difference = shape.difference(seasons, n);
      if (difference < 0) return null;
      const z = new Float64Array(n + horizon);
      for (let i = difference; i < n; i++) z[i] = difference > 0 ? y[i]! - y[i - difference]! : y[i]!;
      if (!extend(z, difference, n, horizon, seasons, shape)) return null;
      const out = new Float64Array(horizon);
      for (let h = 0; h < horizon; h++) {
        const i = n + h;
        const value = difference > 0 ? z[i]! + y[i - difference]! : z[i]!;
        y[i] = value;
        out[h] = log ? Math.exp(value) : value;
      }
      return out;
    },
  };
}

/** Fits on z[from..n) and writes the forecasts to z[n..n+horizon). False when there are too few rows. */
function extend(z: Float64Array, from: number, n: number, horizon: number, seasons: Seasons, shape: LagRegressionShape): boolean {
  let mean = 0;
  for (let i = from; i < n; i++) mean += z[i]!;
  mean /= n - from;
  let spread = 0;
  let low = Infinity;
  let high = -Infinity;
  for (let i = from; i < n; i++) {
    spread += (z[i]! - mean) ** 2;
    low = Math.min(low, z[i]!);
    high = Math.max(high, z[i]!);
  }
  spread = Math.sqrt(spread / (n - from));
  if (!(spread > 1e-12)) return false;
  for (let i = from; i < n; i++) z[i] = (z[i]! - mean) / spread;
  const floor = (low - mean) / spread - 1.5;
  const ceiling = (high - mean) / spread + 1.5;

  const reach = (n - from) * 0.55;
  const lags = [...new Set(shape.lags(seasons))].filter((lag) => lag >= 1 && lag <= reach);
  const shortPairs = seasons.short > 1 ? Math.min(shape.harmonics[0], (seasons.short - 1) >> 1) : 0;
  const longPairs = seasons.long > 1 ? Math.min(shape.harmonics[1], (seasons.long - 1) >> 1) : 0;
  const m = lags.length + 2 * (shortPairs + longPairs) + 1;
  const first = from + Math.max(0, ...lags);
  const rows = n - first;
  if (lags.length === 0 || rows < 2 * m + 8) return false;

  const shortWaves = wavesByPhase(seasons.short, shortPairs);
  const longWaves = wavesByPhase(seasons.long, longPairs);
  const x = new Float64Array(rows * m);
  const target = z.subarray(first, n);
  const weights = new Float64Array(rows);
  const fill = (i: number, into: Float64Array, at: number): void => {
    let column = at;
    for (const lag of lags) into[column++] = z[i - lag]!;
    const shortAt = (i % seasons.short) * 2 * shortPairs;
    for (let k = 0; k < 2 * shortPairs; k++) into[column++] = shortWaves[shortAt + k]!;
    const longAt = (i % seasons.long) * 2 * longPairs;
    for (let k = 0; k < 2 * longPairs; k++) into[column++] = longWaves[longAt + k]!;
    into[column] = 1;
  };
  for (let r = 0; r < rows; r++) {
    fill(first + r, x, r * m);
    weights[r] = 0.35 + (0.65 * r) / rows; // recent rows count more
  }
  const beta = huberRidge(x, target, rows, m, shape.penalty, weights, 2, {
    from: lags.length,
    period: longPairs > 0 ? seasons.long : shortPairs > 0 ? seasons.short : 1,
  });
  if (beta === null) return false;
  const row = new Float64Array(m);
  for (let h = 0; h < horizon; h++) {
    fill(n + h, row, 0);
    let sum = 0;
    for (let k = 0; k < m; k++) sum += beta[k]! * row[k]!;
    if (!Number.isFinite(sum)) return false;
    z[n + h] = Math.min(ceiling, Math.max(floor, sum));
  }
  for (let i = from; i < n + horizon; i++) z[i] = z[i]! * spread + mean;
  return true;
}

/** Sine and cosine of `pairs` harmonics for each phase of a period. */
function wavesByPhase(period: number, pairs: number): Float64Array {
  const out = new Float64Array(pairs > 0 ? period * 2 * pairs : 0);
  let at = 0;
  for (let phase = 0; at < out.length; phase++)
    for (let k = 1; k <= pairs; k++) {
      const angle = (2 * Math.PI * k * phase) / period;
      out[at++] = Math.sin(angle);
      out[at++] = Math.cos(angle);
    }
  return out;
}
