import { combine } from "./ensemble.ts";
import { type StepWeights, memberWeights } from "./member-weights.ts";
import type { Member, Seasons } from "./member.ts";
import { withoutOddDays } from "./odd-days.ts";
import { weightSharpness } from "./weight-sharpness.ts";

export interface Backtest {
  readonly weights: StepWeights;
  /** Residuals of the weighted ensemble, [origin][step], the newest origin first. */
  readonly residuals: readonly Float64Array[];
  /** What it had said there; null where not all values are positive. */
  readonly sizes: readonly Float64Array[] | null;
  /** What intervals are to be multiplied by, since origins that share their days have seen few of them. */
  readonly unseen: number;
  /** Weighted absolute percentage error of the ensemble. */
  readonly wape: number;
  /** Mean absolute errors of the ensemble and of repeating the last value. */
  readonly error: number;
  readonly naiveError: number;
  /** The same of relative errors, in [0, 1], where all values are positive; of absolute ones where not. */
  readonly relative: number;
  readonly naiveRelative: number;
}

/** Models without seasons are cheap, and say more about how their errors grow the more often they are asked. */
const ORIGINS = { seasonal: 4, plain: 12 };
/** What happened at an origin counts this much less than at the next, where there are seasons. */
const FADING = 0.75;
/** Origins nearer to each other than this share of the way they forecast see the same days: that they agree says nothing. */
const APART = 0.25;
/** Where the origins of a history with two seasons are one and the same, intervals are this much wider than what was seen. */
const UNSEEN = 0.2;

/**
 * Rolling-origin evaluation: each member forecasts from several earlier origins, and its errors there give its weight.
 * Errors are relative to the values when all are positive, so that a night's few requests count as much as a day's many.
 * `missing`: 1 at steps without a sample, which no forecast is held against, nor is one made from where most are. Source: Tashman 2000, Out-of-sample
 * tests of forecasting accuracy, IJF 16.
 */
export function backtest(
  y: Float64Array,
  seasons: Seasons,
  horizon: number,
  members: readonly Member[],
  missing: Uint8Array | null = null,
): Backtest {
  const n = y.length;
  const longest = Math.max(seasons.short, seasons.long, 1);
  const reach = Math.max(1, Math.min(horizon, Math.floor(n / (seasons.short > 1 ? 8 : 4)), Math.max(48, 2 * seasons.short)));
  const room = n - Math.max(FEWEST_TRAINING, 2 * longest + 8);
  const origins = seasons.short > 1 ? ORIGINS.seasonal : ORIGINS.plain;
  const spacing = Math.max(1, Math.min(reach, Math.floor(room / origins)));
  const apart = spacing / reach;
  const errors = members.map((): Float64Array | null => new Float64Array(reach));
  const runs: { at: number; steps: Int32Array | null; forecasts: (Float64Array | null)[] }[] = [];
  const atOrigins: Float64Array[] = [];
  const relative = y.every((value) => value > 0);
  let naiveError = 0;
  let naiveCount = 0;
  let naiveRelative = 0;
  const measure = (actual: number, forecast: number): number => {
    const off = Math.abs(actual - forecast);
    return relative ? off / (actual + Math.abs(forecast)) : off;
  };
  let magnitude = 0;
  let trust = 1;
  let trusted = 0;
  for (const at of originsOf(n, { reach, spacing, origins }, missing)) {
    const history = y.subarray(0, Math.max(at, 4));
    const usual = withoutOddDays(history, seasons);
    const forecasts = members.map((member) => member.forecast(usual, seasons, reach));
    const steps = missing === null ? null : stepsSeen(missing.subarray(history.length, history.length + reach));
    runs.push({ at: history.length, steps, forecasts });
    const last = history[history.length - 1]!;
    for (let h = 0; h < reach; h++) {
      const actual = y[history.length + (steps?.[h] ?? h)];
      if (actual === undefined) break;
      naiveError += Math.abs(actual - last);
      naiveRelative += measure(actual, last);
      naiveCount++;
      magnitude += Math.abs(actual);
    }
    const here = new Float64Array(members.length).fill(Infinity);
    atOrigins.push(here);
    for (let m = 0; m < members.length; m++) {
      const forecast = forecasts[m] ?? null;
      const sums = errors[m] ?? null;
      if (forecast === null || sums === null) {
        errors[m] = null;
        continue;
      }
      let sum = 0;
      for (let h = 0; h < reach; h++) {
        const seen = steps?.[h] ?? h;
        const off = measure(y[history.length + seen] ?? 0, forecast[seen]!);
        sums[h]! += trust * off;
        sum += off;
      }
      here[m] = sum / reach;
    }
    trusted += trust;
    if (seasons.short > 1) trust *= FADING;
  }
  for (const sums of errors) if (sums !== null) for (let h = 0; h < reach; h++) sums[h]! /= trusted;
  const weights = memberWeights(
    errors,
    horizon,
    seasons.short,
    members.map(({ prior }) => prior),
    seasons.long > 1 && apart >= APART ? weightSharpness(atOrigins) : undefined,
  );
  let error = 0;
  let relativeError = 0;
  const means = runs.map(({ forecasts }) => combine(forecasts, weights, reach));
  const residuals = runs.map(({ at, steps }, k) =>
    means[k]!.map((_, h) => {
      const seen = steps?.[h] ?? h;
      const value = means[k]![seen]!;
      const residual = (y[at + seen] ?? value) - value;
      error += Math.abs(residual);
      relativeError += measure(value + residual, value);
      return residual;
    }),
  );
  return {
    weights,
    residuals,
    sizes: relative ? means : null,
    unseen: seasons.long > 1 ? 1 + UNSEEN * (1 - apart) : 1,
    wape: magnitude > 0 ? error / magnitude : 0,
    error: error / Math.max(1, naiveCount),
    naiveError: naiveError / Math.max(1, naiveCount),
    relative: relativeError,
    naiveRelative,
  };
}

const FEWEST_TRAINING = 12;
/** Of the steps before and after an origin, at least so many hold samples. */
const LEAST_SEEN = 0.5;

/** The newest first: as many as are wanted, further apart where samples are missing between them. */
function originsOf(
  n: number,
  { reach, spacing, origins }: { readonly reach: number; readonly spacing: number; readonly origins: number },
  missing: Uint8Array | null,
): readonly number[] {
  const newest = n - reach;
  const most = Math.max(0, Math.floor((newest - FEWEST_TRAINING) / spacing));
  const all = Array.from({ length: most + 1 }, (_, k) => newest - k * spacing);
  const isSeen = (from: number, to: number): boolean =>
    missing === null || seenIn(missing.subarray(Math.max(0, from), to)) >= LEAST_SEEN * (to - Math.max(0, from));
  const seen = all.filter((at) => isSeen(at - reach, at) && isSeen(at, at + reach));
  return (seen.length > 0 ? seen : all).slice(0, origins);
}

const seenIn = (missing: Uint8Array): number => missing.reduce((sum, one) => sum + 1 - one, 0);

/** By step the nearest that holds a sample; null where all do, or none. */
function stepsSeen(missing: Uint8Array): Int32Array | null {
  if (!missing.includes(1) || !missing.includes(0)) return null;
  const out = new Int32Array(missing.length).fill(-1);
  for (let h = 0, last = -1; h < missing.length; h++) {
    if (missing[h] === 0) last = h;
    out[h] = last;
  }
  for (let h = missing.length - 1, next = -1; h >= 0; h--) {
    if (missing[h] === 0) next = h;
    if (out[h]! < 0 || (next >= 0 && next - h < h - out[h]!)) out[h] = next;
  }
  return out;
}
