import { median, rSquared } from "simple-statistics";
import { withoutLoneOutliers } from "../forecast/lone-outliers.ts";
import type { ChangePoint, Refusal, Season, Trend } from "../model/trend.ts";
import { largestOf, varianceInflation } from "../statistics/autocorrelation.ts";
import { tieOften } from "../statistics/ranks.ts";
import { spreadOfDistances, typicalMagnitude } from "../statistics/spread.ts";
import { CLOCK_REASON, tellsTime } from "../statistics/wall-clock.ts";
import { type Segment, segments } from "./change-points.ts";
import { evenSteps, refuseGappy } from "./even-steps.ts";
import { finitePoints, refuse } from "./finite-points.ts";
import { fittedTogether, phasesFitted } from "./seasonal-parts.ts";
import { findSeasonal } from "./seasons.ts";
import { describeTrend } from "./describe-trend.ts";
import { leastSquaresSlope } from "./least-squares-slope.ts";
import { differenceSign, tauWithTime } from "./difference-sign.ts";
import { type SlopeOfSeries, theilSen } from "./theil-sen.ts";

const HOUR = 3_600_000;
const FEWEST = 6;
const MOST_STEPS = 480;
/** Beyond this share of empty steps what is between the samples is invented. */
const MOST_EMPTY = 0.6;
/** Of the noise that seasons of two turns can take. */
const MOST_SHARE = 4;
const SIGNIFICANT = 0.05;
/** Kendall's tau of what goes one way: of what came back once half way it is less. */
const ONE_WAY = 0.8;
const DAY = 24 * HOUR;
/** Five days that rise one after the other are no chance (Mann–Kendall), fewer may be. */
const [FEWEST_DAYS, MOST_DAYS] = [4.9, 15];
/** Of the highest value: of what is smaller, sums keep no digits. */
const LEAST_SHARE = 1e-12;
/** Of values up to 1, after some sums. */
const ROUNDING = 1e-14;
/** Whole turns of a season whose means tell whether it goes anywhere. */
const FEWEST_TURNS = 6;
/** A trend that moves the series by less than this share of its magnitude over the whole range is none. */
const STEADY = 0.1;

export interface TrendRequest {
  /** Ascending ms; any spacing, gaps allowed. */
  readonly timestamps: ArrayLike<number>;
  readonly values: ArrayLike<number>;
  /** Metric or expression, for the unit in the summary where none is declared. */
  readonly name?: string;
  readonly unit?: string | undefined;
}

/**
 * Where one series is going: slope with its interval, seasons, change points, how much it wavers, in numbers and a sentence. Seasons are
 * taken out before slope and change points are judged, and single values that have no like left out. Refuses fewer than 6 points, clocks,
 * values beyond 1e303 or too far apart, and samples that are all in a few bursts. Pure; some ms.
 */
export function trend(request: TrendRequest): Trend | Refusal {
  // One slip of a sensor would be the measure of all.
  const { timestamps, values } = withoutLoneOutliers(request);
  const points = finitePoints(timestamps, values, FEWEST);
  if ("refused" in points) return points;
  if (tellsTime(timestamps, values)) return refuse("clock", CLOCK_REASON);
  const typical = median(Array.from(points.y, Math.abs));
  if (typical > 0 && typical < LEAST_SHARE)
    return refuse(
      "too_far_apart",
      `Values reach ${shortly(points.scale)} where ${shortly(typical * points.scale)} is usual: beside the one nothing of the other can be calculated.`,
    );
  const even = evenSteps(points, MOST_STEPS);
  const gappy = refuseGappy(even, MOST_EMPTY);
  if (gappy !== null) return gappy;
  const { y, firstMs, stepMs, missing } = even;
  const n = y.length;
  const { scale } = points;
  const { seasons, parts: seasonalParts, peakHours, peakWeekdays } = findSeasonal(even);
  const seasonal = fittedTogether(y, seasonalParts, (rest, seasonal) => ofStretches(rest, seasonal, missing));
  const adjusted = y.map((value, i) => value - (seasonal[i] ?? 0));
  const hours = y.map((_, i) => (i * stepMs) / HOUR);
  // What the seasons' means took of the noise is noise all the same.
  // Of what ties the median of the slopes is 0, whatever the mean does.
  const slopeOf = tieOften(y) ? leastSquaresSlope : theilSen;
  const mayHide = weekMayHide(seasons, n * stepMs);
  const line = slopeOf(hours, adjusted, (rest) =>
    Math.max(
      (varianceInflation(rest, 2, largestOf(y)) * n) / Math.max(n / MOST_SHARE, n - phasesFitted(seasonalParts)),
      mayHide ? DAY / stepMs : 1,
    ),
  );
  const span = hours[n - 1] ?? 0;
  const sure = mayHide || line.pValue < SIGNIFICANT ? line : bySteps(line, adjusted, stepMs / HOUR);
  const fit = withoutRounding(
    seasonalParts.map(({ period }) => period).reduce((of, period) => byTurns(of, y, period, stepMs / HOUR), sure),
    span,
  );
  const magnitude = typicalMagnitude(y);
  const moved = Math.max(Math.abs(fit.lower), Math.abs(fit.upper)) * span;
  const significant = fit.pValue < SIGNIFICANT && fit.slope !== 0;
  const direction = significant ? (fit.slope > 0 ? "rising" : "falling") : moved <= STEADY * magnitude ? "steady" : "unclear";
  const spread = spreadOfDistances(fit.rest.map(Math.abs));
  const ratio = magnitude > 0 && spread > ROUNDING ? spread / magnitude : 0;
  const found = segments(adjusted, seasons.length === 0 ? undefined : seasonal, missing);
  const scaled = (perHour: number) => perHour * scale;
  const parts: Omit<Trend, "summary"> = {
    points: points.t.length,
    startMs: points.t[0] ?? firstMs,
    endMs: points.t[points.t.length - 1] ?? firstMs,
    direction,
    slope: {
      perHour: { value: scaled(fit.slope), lower: scaled(fit.lower), upper: scaled(fit.upper) },
      perDay: { value: scaled(24 * fit.slope), lower: scaled(24 * fit.lower), upper: scaled(24 * fit.upper) },
    },
    pValue: fit.pValue,
    r2: rSquaredOf(y, (i) => fit.intercept + fit.slope * (hours[i] ?? 0)),
    strength: rSquaredOf(adjusted, (i) => fit.intercept + fit.slope * (hours[i] ?? 0)),
    volatility: { class: ratio < 0.05 ? "calm" : ratio < 0.2 ? "moderate" : ratio < 0.5 ? "volatile" : "erratic", ratio },
    seasons,
    peakHours,
    peakWeekdays,
    changePoints: found.slice(1).map((segment, k) => changePoint(found[k] ?? segment, segment, { firstMs, stepMs, scale })),
  };
  const slopes = parts.changePoints.flatMap(({ slopeBefore, slopeAfter }) => [slopeBefore, slopeAfter]);
  const numbers = [...Object.values(parts.slope.perDay), parts.volatility.ratio, ...slopes];
  if (!numbers.every(Number.isFinite))
    return refuse("too_large", "The samples lie so close and far apart that a slope per day exceeds what a number holds.");
  return { ...parts, summary: describeTrend(parts, { name: request.name ?? "", unit: request.unit ?? "", magnitude: magnitude * scale }) };
}

/**
 * A line that may be chance, of a series whose steps go one way all the same: what wanders along a line, or rises along a curve, is far from the line for
 * long, as what has no trend is. What rises slowly and comes back at once, again and again, goes nowhere.
 */
function bySteps(line: SlopeOfSeries, y: Float64Array, stepHours: number): SlopeOfSeries {
  const { pValue, lower, upper } = differenceSign(y);
  if (pValue >= SIGNIFICANT || Math.abs(tauWithTime(y)) < ONE_WAY) return line;
  if (line.lower > 0 || line.upper < 0) return { ...line, pValue };
  if (lower <= 0 && upper >= 0) return line;
  return { ...line, pValue, lower: Math.min(line.slope, lower / stepHours), upper: Math.max(line.slope, upper / stepHours) };
}

/**
 * Where the means of a season's whole turns may go nowhere, so may the line: what a turn that is no whole number of steps leaves creeps one way and jumps back now
 * and then, by which most of it rises and all of it goes nowhere.
 */
function byTurns(line: SlopeOfSeries, y: Float64Array, period: number, stepHours: number): SlopeOfSeries {
  const turns = Math.floor(y.length / period);
  if (turns < FEWEST_TURNS) return line;
  const means = turnMeans(y, period, turns);
  const { lower, upper, pValue } = leastSquaresSlope(
    means.map((_, k) => k * period * stepHours),
    means,
    () => 1,
  );
  if (pValue < SIGNIFICANT) return line;
  return { ...line, pValue: Math.max(line.pValue, pValue), lower: Math.min(line.lower, lower), upper: Math.max(line.upper, upper) };
}

/** By turn, of `period` steps that need not be whole: what its first and last step have of it counts by their share. */
function turnMeans(y: Float64Array, period: number, turns: number): Float64Array {
  const sums = new Float64Array(y.length + 2);
  for (let i = 0; i <= y.length; i++) sums[i + 1] = sums[i]! + (y[i] ?? 0);
  const until = (at: number): number => sums[Math.floor(at)]! + (at % 1) * (sums[Math.floor(at) + 1]! - sums[Math.floor(at)]!);
  return Float64Array.from({ length: turns }, (_, k) => (until((k + 1) * period) - until(k * period)) / period);
}

/** Slopes that are nothing but what sums of values up to 1 have lost are 0. `span` in hours. */
function withoutRounding(line: SlopeOfSeries, span: number): SlopeOfSeries {
  const settled = (perHour: number): number => (Math.abs(perHour) * span > ROUNDING ? perHour : 0);
  return { ...line, slope: settled(line.slope), lower: settled(line.lower), upper: settled(line.upper) };
}

/**
 * Who follows the day follows the week, too, which shows after two of them: until then a weekend at either end looks like a trend, and what
 * the days say is as much as there are days.
 */
function weekMayHide(seasons: readonly Season[], spanMs: number): boolean {
  const days = spanMs / DAY;
  const longest = Math.max(0, ...seasons.map(({ periodMs }) => periodMs));
  return days >= FEWEST_DAYS && days < MOST_DAYS && Math.abs(longest / DAY - 1) < 0.1;
}

const shortly = (value: number): string => String(Number(value.toPrecision(3)));

/** The levels and lines of the stretches between changes. */
function ofStretches(y: Float64Array, seasonal: Float64Array, missing: Uint8Array): Float64Array {
  const out = new Float64Array(y.length);
  for (const { from, to, intercept, slope } of segments(y, seasonal, missing))
    for (let i = from; i < to; i++) out[i] = intercept + slope * (i - from);
  return out;
}

/** 1 for a constant that the line meets, otherwise the share of the variance the line explains, in [0, 1]. */
function rSquaredOf(y: Float64Array, line: (index: number) => number): number {
  const n = y.length;
  let least = Infinity;
  let most = -Infinity;
  for (const value of y) {
    least = Math.min(least, value);
    most = Math.max(most, value);
  }
  if (!(most - least > ROUNDING)) return 0;
  const share = rSquared(
    Array.from({ length: n }, (_, i) => [i, y[i] ?? 0]),
    line,
  );
  return Number.isFinite(share) ? Math.min(1, Math.max(0, share)) : 0;
}

function changePoint(
  before: Segment,
  after: Segment,
  { firstMs, stepMs, scale }: { firstMs: number; stepMs: number; scale: number },
): ChangePoint {
  const perHour = (slope: number): number => slope * (HOUR / stepMs) * scale;
  const last = before.intercept + before.slope * (before.to - before.from - 1);
  const jump = Math.abs(after.intercept - last);
  const bend = Math.abs(after.slope - before.slope) * Math.min(before.to - before.from, after.to - after.from);
  return {
    t: Math.round(firstMs + after.from * stepMs),
    kind: jump >= bend ? "level" : "slope",
    before: last * scale,
    after: after.intercept * scale,
    slopeBefore: perHour(before.slope),
    slopeAfter: perHour(after.slope),
  };
}
