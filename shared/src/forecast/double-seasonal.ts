import type { Member, Seasons } from "./member.ts";

/**
 * Additive exponential smoothing with two seasons and a first-order autoregressive error, in logarithms when the series is positive; the
 * four parameters are found by coordinate search on the error several steps ahead.
 * Source: Taylor 2003, Short-term electricity demand forecasting using double seasonal exponential smoothing, JORS 54.
 */
interface Smoothing {
  readonly level: number;
  readonly short: number;
  readonly long: number;
  readonly echo: number;
}

const GRID: { readonly [P in keyof Smoothing]: readonly number[] } = {
  level: [0.003, 0.01, 0.03, 0.08, 0.2, 0.45],
  short: [0.02, 0.06, 0.15, 0.3, 0.5],
  long: [0.05, 0.12, 0.25, 0.45],
  echo: [0, 0.4, 0.7, 0.9, 0.97],
};

export const doubleSeasonal: Member = {
  name: "double seasonal smoothing",
  forecast(source, seasons, horizon) {
    const n = source.length;
    const longest = Math.max(seasons.short, seasons.long);
    if (longest <= 1 || n < 2 * longest + 4) return null;
    const log = source.every((value) => value > 0);
    const y = log ? source.map((value) => Math.log(value)) : source;
    let best: Smoothing = { level: 0.03, short: 0.15, long: 0.12, echo: 0.7 };
    let bestError = run(y, seasons, best, horizon, null);
    for (let round = 0; round < 2; round++)
      for (const parameter of ["echo", "level", "short", "long"] as const) {
        if (parameter === "long" && seasons.long <= 1) continue;
        for (const value of GRID[parameter]) {
          if (value === best[parameter]) continue;
          const trial = { ...best, [parameter]: value };
          const error = run(y, seasons, trial, horizon, null);
          if (error < bestError) {
            bestError = error;
            best = trial;
          }
        }
      }
    const out = new Float64Array(horizon);
    run(y, seasons, best, horizon, out);
    if (log) for (let h = 0; h < horizon; h++) out[h] = Math.exp(out[h]!);
    return out;
  },
};

/** Filters y; gives the mean absolute error over spaced origins in the second half, and the forecast from the end when `out` is given. */
function run(y: Float64Array, seasons: Seasons, p: Smoothing, horizon: number, out: Float64Array | null): number {
  const n = y.length;
  const { short, long } = seasons;
  const warm = Math.max(short, long);
  let mean = 0;
  for (let i = 0; i < warm; i++) mean += y[i]!;
  mean /= warm;
  const day = new Float64Array(short);
  const count = warm / short;
  for (let i = 0; i < warm; i++) day[i % short]! += (y[i]! - mean) / count;
  const week = new Float64Array(long);
  if (long > 1) for (let i = 0; i < long; i++) week[i] = 0.5 * (y[i]! - mean - day[i % short]!);
  let level = mean;
  let echo = 0;
  let error = 0;
  let counted = 0;
  const start = Math.max(warm, n >> 1);
  const reach = Math.min(horizon, 2 * short);
  const spacing = Math.max(1, Math.floor(short / 3) + 1);
  for (let i = warm; i < n; i++) {
    if (out === null && i >= start && (i - start) % spacing === 0) {
      let power = p.echo * echo;
      for (let h = 0; h < reach && i + h < n; h += 2) {
        const at = i + h;
        error += Math.abs(y[at]! - (level + day[at % short]! + week[at % long]! + power));
        power *= p.echo * p.echo;
        counted++;
      }
    }
    const a = i % short;
    const b = i % long;
    const bare = y[i]! - (level + day[a]! + week[b]!);
    const surprise = bare - p.echo * echo;
    level += p.level * surprise;
    day[a]! += p.short * surprise;
    if (long > 1) week[b]! += p.long * surprise;
    echo = bare;
  }
  if (out !== null) {
    let power = p.echo * echo;
    for (let h = 0; h < horizon; h++) {
      const at = n + h;
      out[h] = level + day[at % short]! + week[at % long]! + power;
      power *= p.echo;
    }
  }
  return counted > 0 ? error / counted : Infinity;
}
