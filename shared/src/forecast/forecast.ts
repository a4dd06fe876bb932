import type { Forecast, ForecastPoint, ForecastRefusal } from "../model/forecast.ts";
import type { ForecastRequest, Forecaster } from "./api.ts";
import { backtest } from "./backtest.ts";
import { bridgedGaps } from "./bridged-gaps.ts";
import { type Expected, continuedLevels, symmetric } from "./continued-levels.ts";
import { addedUp, increments, isUneven, runningSum } from "./counted.ts";
import { denseEnd } from "./dense-end.ts";
import { isByShares, timesApart, widthsByShares } from "./by-shares.ts";
import { BY_SHARES, combine, disagreement, membersFor } from "./ensemble.ts";
import { NORMAL, intervalWidths } from "./intervals.ts";
import { findLevelShift } from "./level-shift.ts";
import { withoutLoneOutliers } from "./lone-outliers.ts";
import { withoutOddDays } from "./odd-days.ts";
import { withJumpsInGaps } from "../statistics/jumps-in-gaps.ts";
import { CLOCK_REASON, tellsTime } from "../statistics/wall-clock.ts";
import type { StepWeights } from "./member-weights.ts";
import { findSeasons } from "./period.ts";
import { findSlopeChange } from "./slope-change.ts";
import { weekendsSoFar, widenedByFew } from "./weekends-so-far.ts";
import { withinSteps } from "./within-steps.ts";
import { type TrackRecord, halfWidth, steeredWeights } from "./track-record.ts";

const MOST_POINTS_OUT = 2000;
const MANY_POINTS = 400;
const LEAST_WEIGHT = 0.001;
/** Refused when the backtest is worse than the last value by more than this, in absolute and in relative errors, unless both are right to a hundredth. */
const WORSE = 1.05;
const LEAST_WAPE = 0.01;
/** A counter is forecast as it stands where by what it counts errs by more than so many times as much. */
const CLEARLY = 1.25;
/** Mean size of what is normal, in its standard deviations. */
const MEAN_OFF = Math.sqrt(2 / Math.PI);
/** Where on the way the forecast is scored later, as shares of it. */
const CHECKPOINTS = [1 / 12, 1 / 4, 5 / 12, 7 / 12, 5 / 6, 1];

/**
 * Forecast of one series: even steps, its seasons, an ensemble weighted by rolling-origin backtest, intervals from the backtest's residuals.
 * Refuses with a reason when the history does not support one. Pure; a few to some tens of milliseconds.
 */
export const forecast: Forecaster = (request) => {
  if (tellsTime(request.timestamps, request.values)) return { refused: { code: "clock", reason: CLOCK_REASON } };
  const asItStands = request.counts === true && isUneven(increments(request).values) ? forecastOf({ ...request, counts: false }) : null;
  const found = forecastOf(request);
  if (asItStands === null || "refused" in asItStands) return "refused" in found ? found : found.told;
  // What is counted seldom, or in amounts of very different size, is nothing as its median has it.
  return "refused" in found || found.error > CLEARLY * asItStands.error ? asItStands.told : found.told;
};

interface Made {
  readonly told: Forecast;
  /** Mean size of the residuals of the backtest, in units of the values. */
  readonly error: number;
}

function forecastOf(request: ForecastRequest): Made | ForecastRefusal {
  const { counts = false } = request;
  const counted = counts ? increments(request) : null;
  const { timestamps, values } = withoutLoneOutliers(counted ?? request);
  const grid = denseEnd(timestamps, values, request.horizonMs);
  if ("refused" in grid) return grid;
  const { stepMs, scale } = grid;
  const horizon = Math.max(1, Math.ceil((request.horizonMs + grid.lagMs) / stepMs - 1e-9));
  const isLone = grid.newestCount === 1 && request.newestIsLevel !== true;
  const seasonsSampled = findSeasons(grid.y, stepMs);
  const bridged = seasonsSampled.short > 1 ? bridgedGaps(grid.y, grid.missing, seasonsSampled) : withJumpsInGaps(grid.y, grid.missing);
  const weekends = weekendsSoFar(bridged, seasonsSampled, grid);
  const whole = weekends === null ? bridged : bridged.map((value, i) => value - weekends.beyondWorkAt(i));
  const seasonsSeen = whole === grid.y ? seasonsSampled : findSeasons(whole, stepMs);
  const change = findLevelShift(whole, seasonsSeen, isLone) ?? (seasonsSeen.short > 1 ? null : findSlopeChange(whole));
  const y = change?.levelled ?? whole;
  const seasons = y === whole ? seasonsSeen : findSeasons(y, stepMs);
  const missing = grid.missing.includes(1) ? grid.missing : null;
  const asTheyAre = membersFor(seasons);
  const testedAsTheyAre = backtest(y, seasons, horizon, asTheyAre, missing);
  const mayGrow = seasons.short <= 1 && change === null && testedAsTheyAre.sizes !== null;
  const testedByShares = mayGrow ? backtest(y, seasons, horizon, BY_SHARES, missing) : testedAsTheyAre;
  const byShares = mayGrow && isByShares(testedByShares, testedAsTheyAre);
  const [members, tested] = byShares ? [BY_SHARES, testedByShares] : [asTheyAre, testedAsTheyAre];
  const isWorse = tested.error > WORSE * tested.naiveError && tested.relative > WORSE * tested.naiveRelative;
  // Of a counter the last value is no forecast that is better.
  if (isWorse && tested.wape > LEAST_WAPE && !counts)
    return {
      refused: {
        code: "no_better_than_naive",
        reason: `On held-back history the best forecast erred by ${(100 * tested.wape).toFixed(0)}% of the value, more than repeating the last value.`,
      },
    };
  const { record } = request;
  const names = members.map(({ name }) => name);
  const weights = record === undefined ? tested.weights : steered(names, tested.weights, record);
  const shares = weights.map(meanOf);
  const usual = withoutOddDays(y, seasons);
  const forecasts = members.map((member, m) => ((shares[m] ?? 0) > LEAST_WEIGHT ? member.forecast(usual, seasons, horizon) : null));
  const expected = combine(forecasts, weights, horizon);
  const scatter = request.scatter === undefined || !(scale > 0) ? 0 : request.scatter / scale;
  const pointMs = distanceOfPoints(request, stepMs, grid.spacingMs);
  const inSteps = pointMs < stepMs && !counts ? withinSteps(timestamps, values, grid, seasons, change?.at) : null;
  const untold = inSteps === null || !(grid.within > 0) ? 0 : Math.min(1, inSteps.deviation / grid.within);
  const last = y[y.length - 1]!;
  // Errors of a counter add up as they did in the backtest; what is known by its level alone, as levels do.
  const perStep = stepMs / (counted?.everyMs ?? grid.spacingMs);
  const addsUp = counts && !byShares && change === null;
  // What was never negative is not on weekends.
  const beyondWork = expected.map((value, h) => {
    const more = weekends?.beyondWorkAt(y.length + h) ?? 0;
    return grid.low >= 0 ? Math.max(-value, more) : more;
  });
  const total = (each: Float64Array): Float64Array => (addsUp ? runningSum(each, perStep) : each);
  const mean = total(expected);
  const sizes = tested.sizes === null || addsUp ? null : { tested: tested.sizes, ahead: mean.map((value, h) => value + beyondWork[h]!) };
  const asKnown = byShares
    ? widthsByShares(
        tested,
        horizon,
        disagreement(forecasts.map(logarithms), weights, logarithms(mean)!),
        Math.hypot(scatter / last, untold * grid.withinShare),
      )
    : intervalWidths(
        tested.residuals.map(total),
        horizon,
        seasons.short,
        disagreement(
          forecasts.map((one) => (one === null ? null : total(one))),
          weights,
          mean,
        ),
        sizes,
        addsUp ? 0 : Math.hypot(scatter, untold * grid.within),
      );
  const widths = weekends === null ? asKnown : widenedByFew(weekends, asKnown, y.length);
  const asWorked = byShares
    ? timesApart(y, mean, widths)
    : change === null
      ? symmetric(mean, widths)
      : continuedLevels(mean, widths, change);
  const more = total(beyondWork);
  const inEach = { ...asWorked, mean: asWorked.mean.map((value, h) => value + more[h]!) };
  const ahead = counts && !addsUp ? addedUp(inEach, perStep) : inEach;
  const unmoved = (told: Float64Array): Float64Array => (counts ? runningSum(told, perStep) : told);
  const moved = unmoved(expected).map((value, h) => ahead.mean[h]! - value);
  // A counter is known to stand where it does.
  const [base, lagMs, firstMoved] = counts ? [newestOf(request), 0, 0] : [0, grid.lagMs, moved[0]!];
  const now = counts ? 0 : last;
  const at = (values: Float64Array, zeroth: number, aheadMs: number): number => {
    const place = Math.min(horizon, Math.max(0, (aheadMs + lagMs) / stepMs)) - 1;
    const low = Math.floor(place);
    const share = place - low;
    // Of two that exceed all numbers nobody knows the difference.
    return finite(
      ((low < 0 ? zeroth : values[low]!) * (1 - share) + (share > 0 ? values[Math.min(low + 1, horizon - 1)]! * share : 0)) * scale,
    );
  };
  // How samples lie about the means of steps is not known better because they come soon.
  const fromTheFirst = addsUp ? 0 : Math.hypot(scatter, untold * grid.within);
  const soon = (half: Float64Array, normal: number): number => Math.min(half[0]!, normal * fromTheFirst);
  const halves = (values80: Float64Array, values95: Float64Array, ms: number): readonly [number, number] => {
    const half95 = halfWidth(at(values95, soon(values95, NORMAL.half95), ms) * tested.unseen, record, "half95");
    // Misses may ask for more of the narrower of the two alone.
    return [Math.min(halfWidth(at(values80, soon(values80, NORMAL.half80), ms) * tested.unseen, record, "half80"), half95), half95];
  };
  const usually = (aheadMs: number): number => (inSteps === null ? 0 : inSteps.at(grid.lastMs + aheadMs, pointMs) * scale);
  const points = placePoints(request, grid.lastMs, pointMs, grid.low, (ms) => {
    const [below80, below95] = halves(ahead.below80, ahead.below95, ms);
    const [above80, above95] = halves(ahead.above80, ahead.above95, ms);
    return { mean: finite(base + at(ahead.mean, now + firstMoved, ms) + usually(ms)), below80, above80, below95, above95 };
  });
  const checkpoints = [...new Set(CHECKPOINTS.map((share) => points[Math.max(0, Math.round(share * points.length) - 1)]!.t))];
  const residuals = tested.residuals.flatMap((origin) => Array.from(unmoved(origin), Math.abs));
  const error = meanOf(residuals) * scale;
  const told = {
    points,
    last: counts ? base : grid.newest,
    models: names
      .flatMap((name, m) => {
        const own = forecasts[m] ?? null;
        const weight = shares[m] ?? 0;
        return own === null || weight <= LEAST_WEIGHT
          ? []
          : [
              {
                name,
                weight,
                values: checkpoints.map((t) =>
                  finite(base + at(unmoved(own), now, t - grid.lastMs) + at(moved, firstMoved, t - grid.lastMs) + usually(t - grid.lastMs)),
                ),
              },
            ];
      })
      .sort((one, other) => other.weight - one.weight),
    checkpoints,
    backtest: {
      wape: counts
        ? error / sizeOf(points.map((point) => point.mean))
        : Math.hypot(tested.wape, (Math.hypot(inSteps?.error ?? 0, MEAN_OFF * scatter) * scale) / sizeOf(values)),
      coverage95: widths.coverage95,
    },
  };
  return { told, error };
}

/** Mean of those that are finite; 1 of nothing but zeros. */
function sizeOf(values: ArrayLike<number>): number {
  const finite = Array.from(values).filter(Number.isFinite);
  return finite.reduce((sum, value) => sum + Math.abs(value) / finite.length, 0) || 1;
}

const logarithms = (values: Float64Array | null): Float64Array | null => values?.map((value) => Math.log(value)) ?? null;

const newestOf = ({ values }: ForecastRequest): number => Array.from(values).findLast(Number.isFinite) ?? 0;

const meanOf = (values: Float64Array | readonly number[]): number =>
  Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;

/** The weights of every step, each member's multiplied by what its record says. */
function steered(names: readonly string[], weights: StepWeights, record: TrackRecord): StepWeights {
  const shares = weights.map(meanOf);
  const moved = steeredWeights(names, shares, record);
  return weights.map((own, m) => own.map((weight) => (shares[m]! > 0 ? (weight * (moved[m] ?? 0)) / shares[m]! : weight)));
}

const finite = (value: number): number => Math.min(Number.MAX_VALUE, Math.max(-Number.MAX_VALUE, value));

type Ahead = (aheadMs: number) => { readonly [Each in keyof Expected]: number };

/** As asked for, else as the samples lie, or the models' steps where these would be many. */
function distanceOfPoints({ stepMs, horizonMs }: ForecastRequest, gridMs: number, spacingMs: number): number {
  const asked = stepMs !== undefined && stepMs > 0 ? stepMs : spacingMs;
  return Math.max(asked, horizonMs / MOST_POINTS_OUT, stepMs === undefined && horizonMs / asked > MANY_POINTS ? gridMs : 0);
}

function placePoints(request: ForecastRequest, lastMs: number, stepMs: number, lowest: number, ahead: Ahead): ForecastPoint[] {
  // What was never negative will not be: a queue, a rate, a share.
  const lower = request.bounds?.lower ?? (lowest >= 0 ? 0 : -Number.MAX_VALUE);
  const upper = request.bounds?.upper ?? Number.MAX_VALUE;
  const bound = (value: number): number => Math.min(upper, Math.max(lower, value));
  const points: ForecastPoint[] = [];
  const count = Math.max(1, Math.round(request.horizonMs / stepMs));
  for (let k = 1; k <= count; k++) {
    if (k < count && lastMs + Math.round(k * stepMs) <= (request.fromMs ?? -Infinity)) continue;
    const { mean, below80, above80, below95, above95 } = ahead(k * stepMs);
    points.push({
      t: lastMs + Math.round(k * stepMs),
      mean: bound(mean),
      lo80: bound(mean - below80),
      hi80: bound(mean + above80),
      lo95: bound(mean - below95),
      hi95: bound(mean + above95),
    });
  }
  return points;
}
