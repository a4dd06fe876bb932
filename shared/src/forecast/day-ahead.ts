import { inLogarithms } from "./in-logarithms.ts";
import type { Member } from "./member.ts";
import { huberRidge } from "./ridge.ts";

const PENALTY = 0.02;
const FEATURES = 24;
const COLUMNS = FEATURES + 1;
const FEWEST_ROWS = 80;
/** Gains of the smoothed profiles of the short and the long season. */
const SHORT_GAIN = 0.2;
const LONG_GAIN = 0.4;
/** A season ahead moves at most this many of its usual changes. */
const LARGEST_CHANGE = 4;
/** Seasons ahead that have a regression of their own; later ones repeat the change of the last. */
const MOST_BLOCKS = 3;

/**
 * A direct forecast of each season ahead, pooled over its steps: the change against the same phase of the last known season, by robust
 * ridge regression on the differences to neighbouring phases, to smoothed profiles, and on how far the last values lay from them.
 * Source: direct multi-step forecasting, Ben Taieb et al. 2012, Expert Systems with Applications 39.
 */
export const dayAhead: Member = {
  name: "day-ahead regression",
  forecast: inLogarithms((y, { short, long }, horizon) => {
    const n = y.length;
    const week = long > 1 ? long : 2 * short;
    const first = week + 3 * short + 2;
    if (short <= 1 || n < first + 4 * short) return null;
    const features = featuresOf(y, short, week);
    const out = new Float64Array(horizon);
    const blocks = Math.min(MOST_BLOCKS, Math.ceil(horizon / short));
    for (let block = 0; block < blocks; block++) {
      const from = block * short;
      const most = Math.ceil((n - first) / short) * short;
      const x = new Float64Array(most * COLUMNS);
      const change = new Float64Array(most);
      const weights = new Float64Array(most);
      let rows = 0;
      for (let origin = n - short; origin >= first + from; origin -= short)
        for (let h = from; h < from + short && origin + h < n; h++) {
          features(origin, h, x, rows * COLUMNS);
          change[rows] = y[origin + h]! - y[origin + h - from - short]!;
          weights[rows++] = 0.35 + (0.65 * origin) / n;
        }
      if (rows < FEWEST_ROWS) return null;
      let scale = 0;
      for (let r = 0; r < rows; r++) scale += change[r]! ** 2;
      scale = Math.sqrt(scale / rows);
      if (!(scale > 1e-12)) return null;
      for (let r = 0; r < rows; r++) {
        change[r]! /= scale;
        for (let k = 0; k < FEATURES; k++) x[r * COLUMNS + k]! /= scale;
      }
      const beta = huberRidge(x, change, rows, COLUMNS, PENALTY, weights, 2);
      if (beta === null) return null;
      const row = new Float64Array(COLUMNS);
      for (let h = from; h < Math.min(horizon, from + short); h++) {
        features(n, h, row, 0);
        let sum = beta[FEATURES]!;
        for (let k = 0; k < FEATURES; k++) sum += (beta[k]! * row[k]!) / scale;
        out[h] = y[n + h - from - short]! + scale * Math.max(-LARGEST_CHANGE, Math.min(LARGEST_CHANGE, sum));
      }
    }
    // Further ahead a long season is repeated where there is one, else the last block.
    for (let h = blocks * short; h < horizon; h++) out[h] = long > 1 && h < long ? y[n + h - long]! : out[h - (long > 1 ? long : short)]!;
    return out;
  }),
};

type Features = (origin: number, h: number, x: Float64Array, at: number) => void;

/** Writes the features of the step `h` ahead of `origin` (the first unknown index), from values before `origin` alone. */
function featuresOf(y: Float64Array, short: number, week: number): Features {
  const n = y.length;
  const shortProfile = smoothedProfile(y, short, SHORT_GAIN);
  const longProfile = smoothedProfile(y, week, LONG_GAIN);
  const dayMean = new Float64Array(n + 1);
  let sum = 0;
  for (let i = 0; i < n; i++) {
    sum += y[i]!;
    if (i >= short) sum -= y[i - short]!;
    dayMean[i + 1] = sum / Math.min(i + 1, short);
  }
  return (origin, h, x, at) => {
    const seasonsAhead = Math.floor(h / short);
    const t = origin + h;
    const known = t - (seasonsAhead + 1) * short;
    const lastWeek = t - Math.ceil((h + 1) / week) * week;
    const base = y[known]!;
    const last = y[origin - 1]!;
    const offShort = last - shortProfile[origin - 1]!;
    const offLong = last - longProfile[origin - 1]!;
    let dayOffLong = 0;
    for (let k = 1; k <= short; k++) dayOffLong += (y[origin - k]! - longProfile[origin - k]!) / short;
    let j = at;
    x[j++] = shortProfile[known + short]! - base;
    x[j++] = longProfile[lastWeek + week]! - base;
    x[j++] = longProfile[known]! - base;
    x[j++] = y[known - short]! - base;
    x[j++] = y[lastWeek]! - base;
    x[j++] = (lastWeek >= week ? y[lastWeek - week]! : y[lastWeek]!) - base;
    x[j++] = y[Math.min(known + 1, origin - 1)]! - base;
    x[j++] = y[known - 1]! - base;
    x[j++] = y[Math.min(lastWeek + 1, origin - 1)]! - base;
    x[j++] = y[Math.max(0, lastWeek - 1)]! - base;
    x[j++] = y[known - 2 * short]! - base;
    x[j++] = y[Math.max(0, lastWeek - (seasonsAhead + 1) * short)]! - base;
    x[j++] = Math.exp(-(h + 1) / 5) * offLong;
    x[j++] = Math.exp(-(h + 1) / 5) * offShort;
    x[j++] = Math.exp(-(h + 1) / 20) * offLong;
    x[j++] = offLong;
    x[j++] = Math.exp(-(h + 1) / 1.5) * (last - y[origin - 2]!);
    x[j++] = dayOffLong;
    x[j++] = dayMean[origin]! - base;
    x[j++] = dayMean[origin]! - dayMean[origin - short]!;
    x[j++] = dayMean[origin]! - dayMean[origin - week]!;
    x[j++] = dayMean[lastWeek]! - dayMean[Math.max(0, lastWeek - h)]!;
    x[j++] = longProfile[lastWeek + week - 1]! - base;
    x[j++] = longProfile[Math.min(lastWeek + 1, origin - 1) + week]! - base;
    x[j] = 1;
  };
}

/** At [i]: the phase of i smoothed exponentially over the values one period before i and earlier. */
function smoothedProfile(y: Float64Array, period: number, gain: number): Float64Array {
  const out = new Float64Array(y.length + period);
  for (let i = 0; i < y.length; i++) out[i + period] = i < period ? y[i]! : out[i]! + gain * (y[i]! - out[i]!);
  return out;
}
