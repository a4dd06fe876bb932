import { analogue } from "./analogue.ts";
import { dampedTrend } from "./damped-trend.ts";
import { dayAhead } from "./day-ahead.ts";
import { dayKinds, dayKindsAtLevel } from "./day-kinds.ts";
import { doubleSeasonal } from "./double-seasonal.ts";
import { drift } from "./drift.ts";
import { byShares } from "./in-logarithms.ts";
import { lagRegression } from "./lag-regression.ts";
import { linearTrend } from "./linear-trend.ts";
import type { StepWeights } from "./member-weights.ts";
import type { Member, Seasons } from "./member.ts";
import { movingAverage } from "./moving-average.ts";
import { mstl } from "./mstl.ts";
import { polynomialTrend } from "./polynomial-trend.ts";
import { longSeasonalNaive, naive, seasonalDrift, seasonalNaive } from "./seasonal-naive.ts";
import { theta } from "./theta.ts";
import { weeklyProfile } from "./weekly-profile.ts";
import { weightedMedian } from "./weighted-median.ts";

const dayLags = ({ short: p }: Seasons): number[] => [1, 2, 3, p - 1, p, p + 1];
const undifferenced = (): number => 0;
const seasonally = ({ short: p }: Seasons): number => (p > 1 ? p : -1);

/** Steps at either end of a season that are lags one by one; between them a long season has none. */
const THROUGH = 12;
const dayThrough = (p: number): number[] =>
  Array.from({ length: p + 2 }, (_, k) => k + 1).filter((lag) => lag <= THROUGH || lag > p - THROUGH);

/** Long seasons of the history of the regression on the present: what was longer ago is another habit. */
const RECENT = 2;

/**
 * Regressions on what changes from one day to the next. A history of weeks bears many lags, one of days hardly any: the many cost a tenth of
 * the OWA of M4 hourly where 130 hours are known.
 */
const DIFFERENCES: { readonly few: readonly Member[]; readonly many: readonly Member[] } = {
  few: [
    lagRegression({
      name: "daily differences",
      log: false,
      lags: dayLags,
      harmonics: [0, 0],
      difference: seasonally,
      penalty: 0.0001,
    }),
  ],
  many: [
    lagRegression({
      name: "differences of five days",
      log: false,
      lags: ({ short: p }) =>
        [
          [1, 2, 3, 4, 5, 6, p >> 1, (3 * p) >> 2],
          [p - 1, p, p + 1, p + 2],
          [2 * p - 1, 2 * p, 2 * p + 1, 3 * p, 4 * p, 5 * p],
        ].flat(),
      harmonics: [0, 0],
      difference: seasonally,
      penalty: 0.0001,
    }),
    lagRegression({
      // Every lag of a day: what changes slowly and is told in few digits, as temperatures are, needs the mean of many.
      name: "a day's differences",
      log: false,
      lags: ({ short: p }) => dayThrough(p),
      harmonics: [0, 0],
      difference: seasonally,
      penalty: 0.001,
    }),
  ],
};

const SEASONAL: readonly Member[] = [
  seasonalNaive,
  seasonalDrift,
  longSeasonalNaive,
  lagRegression({
    name: "harmonic regression",
    log: true,
    lags: dayLags,
    harmonics: [10, 30],
    difference: undifferenced,
    penalty: 0.0001,
  }),
  lagRegression({
    // The profile by itself: wrong about the level, and so of another opinion than the rest.
    name: "profile regression",
    log: true,
    lags: () => [1, 2, 3],
    harmonics: [6, 16],
    difference: undifferenced,
    penalty: 0.0001,
  }),
  ofLastSeasons(
    RECENT,
    lagRegression({ name: "lag regression", log: true, lags: dayLags, harmonics: [8, 0], difference: undifferenced, penalty: 0.0001 }),
  ),
  doubleSeasonal,
  ...DIFFERENCES.few,
  ...DIFFERENCES.many,
  dayAhead,
  analogue,
  weeklyProfile,
  dayKinds,
  dayKindsAtLevel,
  mstl,
];

const PLAIN: readonly Member[] = [
  naive,
  drift,
  movingAverage,
  dampedTrend,
  theta,
  linearTrend,
  polynomialTrend,
  lagRegression({
    name: "autoregression",
    log: false,
    lags: () => [1, 2, 3, 4],
    harmonics: [0, 0],
    difference: undifferenced,
    penalty: 0.01,
  }),
];

/** What forecasts a series without seasons, of positive values, that grows or falls by shares: the same but what bends by itself, in logarithms. */
export const BY_SHARES: readonly Member[] = PLAIN.filter((member) => member !== polynomialTrend).map(({ name, forecast }) => ({
  name: `${name} of logarithms`,
  forecast: byShares(forecast),
}));

/** Fits a member on the last `count` long seasons alone, when there is a long season. */
function ofLastSeasons(count: number, member: Member): Member {
  return {
    name: member.name,
    forecast: (y, seasons, horizon) => {
      const kept = seasons.long > 1 ? Math.min(y.length, count * seasons.long + seasons.short) : y.length;
      return member.forecast(y.subarray(y.length - kept), seasons, horizon);
    },
  };
}

/** These help where there is one season. With two, decomposition and smoothing cost 0.0015 and 0.0012 OWA on M4 hourly, all windows alike, and a third of the time. */
const OF_ONE_SEASON: ReadonlySet<Member> = new Set([mstl, doubleSeasonal, seasonalDrift, ...DIFFERENCES.few]);
const OF_TWO_SEASONS: ReadonlySet<Member> = new Set(DIFFERENCES.many);

export function membersFor(seasons: Seasons): readonly Member[] {
  if (seasons.short <= 1) return PLAIN;
  const others = seasons.long > 1 ? OF_ONE_SEASON : OF_TWO_SEASONS;
  return SEASONAL.filter((member) => !others.has(member));
}

const MEDIAN_SHARE = 0.75;

/**
 * A quarter of the weighted mean and three of the weighted median of the members, in logarithms when all are positive.
 * Source: the combination found best of those compared in Jose & Winkler 2008 (trimmed and median means), with weights.
 */
export function combine(forecasts: readonly (Float64Array | null)[], weights: StepWeights, horizon: number): Float64Array {
  const out = new Float64Array(horizon);
  for (let h = 0; h < horizon; h++) {
    const parts: { value: number; weight: number }[] = [];
    let positive = true;
    for (let m = 0; m < forecasts.length; m++) {
      const value = forecasts[m]?.[h];
      const weight = weights[m]?.[h] ?? 0;
      if (value === undefined || weight <= 0 || !Number.isFinite(value)) continue;
      if (!(value > 0)) positive = false;
      parts.push({ value, weight });
    }
    if (positive) for (const part of parts) part.value = Math.log(part.value);
    parts.sort((a, b) => a.value - b.value);
    let total = 0;
    let mean = 0;
    for (const { value, weight } of parts) {
      total += weight;
      mean += weight * value;
    }
    mean /= total;
    const blend = (1 - MEDIAN_SHARE) * mean + MEDIAN_SHARE * weightedMedian(parts);
    out[h] = positive ? Math.exp(blend) : blend;
  }
  return out;
}

/** Weighted standard deviation of the members about the combined forecast, by step: how little they agree. */
export function disagreement(forecasts: readonly (Float64Array | null)[], weights: StepWeights, combined: Float64Array): Float64Array {
  return combined.map((centre, h) => {
    let square = 0;
    let total = 0;
    for (let m = 0; m < forecasts.length; m++) {
      const value = forecasts[m]?.[h];
      const weight = weights[m]?.[h] ?? 0;
      if (value === undefined || !Number.isFinite(value)) continue;
      square += weight * (value - centre) ** 2;
      total += weight;
    }
    return total > 0 ? Math.sqrt(square / total) : 0;
  });
}
