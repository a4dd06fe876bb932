import { KIND } from "../kind.ts";
import { nameOfDrift } from "./drift-name.ts";
import { consider, evidence, learnLater, weigh } from "./evidence.ts";
import { missOf } from "./expectation.ts";
import { DAYS, FEWEST_APART, GROWS_UNTIL_HOURS, dayAt, grownAWeek, grownBefore, knownFrom, median, slopeHours } from "./growth.ts";
import { sizeOfMean } from "./held-value.ts";
import { DAY_HOURS_AT, DRIFT_DELAY, DRIFT_TAILS, H, LEVEL_MOVED, M, MODELS, MODEL_SIZE, O, P, R, WEEK_HOURS, tailAt } from "./layout.ts";
import { moveHourRange, testHourRange } from "./hour-range-test.ts";
import { NORMAL } from "./tail.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
/** Probability an hour. */
const HOURLY_ALPHA = 1e-4;
/** Before it has seen all days of a week, and one of them again, a series may have weekends, or have grown all along. */
const LEARNED_MS = 8 * DAY_MS + 2 * HOUR_MS;
/** After an event the days that hold it are no drift. */
const PAUSE_MS = 2 * DAY_MS;
/** Hours for which what is told may have been. */
const UNTOLD_HOURS = 2;
/** Hours, or steps where those are longer, by which the next hour comes late when one is missing. */
const HOLE = 1.9;
/** A drift goes on for days: so long it is one event. */
const TOLD_MS = 6 * DAY_MS;
/** Least size of the test, in the step's own mean absolute errors. */
const FLOOR = 0.03;
/** Share of what a series was to have grown by that is no other growth. */
const GROWS_BY = 0.02;
/** Mean absolute errors to which a step counts in its hour. */
const REACH = 4;
const LONG_HOURS = 168;
/** Hours that what the model says of a day's mean is worth. */
const PRIOR_HOURS = 72;
/** Share of it that the days of a series may not fall below. */
const BELIEVED = 0.7;
/** Share of a series' mean distance from its level that a day's season leaves where it has one. */
const SEASON_LEAVES = 0.8;
/** Share of the variance of hours' means that a day's season leaves at most, lest what wanders be one. */
const HOURS_LEAVE = 0.7;
/** Share of what the model without a season says that a day's mean errs by at least. */
const LEAST_ERROR = 0.4;
/** Times what it said first that it is believed: a drift makes steps and hours go on from each other, and must not hide itself. */
const GROWN = 2.5;
const SQRT2 = Math.SQRT2;
/** Hours over which two days' means tell a slope. */
const SLOPE_HOURS = 140;
/** Days that tell a drift together. */
const RAMP_DAYS = 4;
/** Mean absolute errors of a day's mean by which the days of a week differ, and by which they still do. */
const DIFFER = 8;
const STILL_DIFFER = 5;
/** Usual sizes of a day's mean that a drift told of is from then on. */
const HAPPENED = 4;
/** Evidence of a season that has gone by which the day's mean differs for that. */
const SEASON_TOO = 0.5;
/** Times what the model says of a day's mean, from which days differ by more than that. */
const MUCH = 1.5;
const steps = new Float64Array(DAYS);
/** From the median size of normal noise to the mean. */
const TO_MEAN = 1.18;
const HOUR_RATE = 1 / 96;
const FEWEST_HOURS = 24;

/**
 * A slow drift: every hour the mean of the last 24 hours, in which the day's season is nothing, against a level that follows over a week; in
 * a series whose weekdays differ against the same hour a week ago. What it gives is learned for usual three days later, lest a drift become
 * usual while it is found.
 */
export function testDrift(f: Float64Array, tMs: number, x: number, caution: number, open: boolean): void {
  const hour = Math.floor(tMs / HOUR_MS);
  // Where days are not known that may differ, what has been before is no accident, wherever it is expected.
  const isYoung = tMs - f[R.firstMs]! < LEARNED_MS;
  const held =
    (isYoung || f[R.model] === 0) && x >= f[R.lowBefore]! && x <= f[R.highBefore]!
      ? x
      : heldTo(f, x, (isYoung ? 4 : 1) * REACH * f[R.scale]!);
  // As far as it is no more than that by itself.
  const excess = held - heldTo(f, x, REACH * f[R.scale]!);
  f[O.hour] = Math.fround(excess + (hour === f[R.hour] ? f[O.hour]! : 0));
  if (open) {
    f[R.driftPauseMs] = Math.max(f[R.driftPauseMs]!, tMs + PAUSE_MS);
    // It began before it was told.
    for (let h = hour - UNTOLD_HOURS; h <= hour; h++) f[P.days + (h % WEEK_HOURS)] = 0;
  }
  const season = f[P.models + f[R.model]! * MODEL_SIZE + M.season]!;
  const ofDay = f[P.models + MODEL_SIZE + M.season]!;
  if (hour === f[R.hour]) {
    f[R.hourSum] = f[R.hourSum]! + held;
    f[R.hourSeason] = f[R.hourSeason]! + season;
    f[DAY_HOURS_AT] = Math.fround(f[DAY_HOURS_AT]! + ofDay);
    f[R.hourCount]!++;
    return;
  }
  if (f[R.driftModel]! < 0) {
    f[R.hoursSeen] = 0;
    if (f[R.driftModel] === LEVEL_MOVED) moveHourRange(f, held);
  } else if (f[R.hourCount]! > 0) {
    const mean = f[R.hourSum]! / f[R.hourCount]!;
    const dayBefore = f[P.hours + (f[R.hour]! % 24)]!;
    f[P.hours + (f[R.hour]! % 24)] = mean;
    f[R.hoursSeen]!++;
    learnHours(f, R.hourSeason, f[R.model]!);
    learnHours(f, DAY_HOURS_AT, f[DAY_HOURS_AT] === f[DAY_HOURS_AT] ? 1 : -1);
    testHourRange(f, tMs, f[R.hour]!, mean, dayBefore, caution, open);
  }
  // Of hours in which nothing came nothing is known.
  for (let h = Math.max(f[R.hour]! + 1, hour - WEEK_HOURS); f[R.hour]! >= 0 && h < hour; h++) f[P.days + (h % WEEK_HOURS)] = 0;
  // The first one after a hole has a day of which hours are missing.
  const missed = f[R.hour]! >= 0 && (hour - f[R.hour]!) * HOUR_MS > HOLE * Math.max(HOUR_MS, f[R.spacingMs]!);
  f[R.hour] = hour;
  f[R.hourSum] = held;
  f[R.hourSeason] = season;
  f[DAY_HOURS_AT] = Math.fround(ofDay);
  f[R.hourCount] = 1;
  const resting = missed || tMs < f[R.driftPauseMs]!;
  const byWeek = resting && f[R.driftModel]! >= 0 ? f[R.driftModel]! : daysDiffer(f, hour) ? 1 : 0;
  if (byWeek !== f[R.driftModel]) {
    // What a day after a move has not told yet, the next does.
    if (f[R.driftModel] === LEVEL_MOVED || f[R.driftHours] === -1) f[R.driftHours] = -1;
    else f[R.driftHours] = 0;
    f[R.driftModel] = byWeek;
  }
  const place = P.days + (hour % WEEK_HOURS);
  const lastWeek = f[place]!;
  if (f[R.hoursSeen]! < 24) {
    // What was there a week ago is no day of this one.
    f[place] = 0;
    return;
  }
  const mean = lastDayMean(f);
  // Hours with an event are no measure next week.
  f[place] = resting ? 0 : mean;
  if (resting || (byWeek === 1 && lastWeek === 0)) return;
  follow(f, tMs, mean, byWeek, lastWeek, place, caution);
}

/** Of the last 24 hours that are over. */
export function lastDayMean(f: Float64Array): number {
  let mean = 0;
  for (let h = 0; h < 24; h++) mean += f[P.hours + h]! / 24;
  return mean;
}

/** What a step counts in its hour: of an edge that comes sooner or later what the season has there, since it is no other mean. */
function heldTo(f: Float64Array, x: number, reach: number): number {
  const expected = f[R.expected]!;
  if (Math.abs(x - expected) <= reach) return x;
  const at = P.models + f[R.model]! * MODEL_SIZE;
  const miss = missOf(f, x);
  const usual = f[R.model] === 0 ? expected : f[at + M.season]! + f[at + M.offset]!;
  return usual + Math.max(-reach, Math.min(reach, miss));
}

function follow(f: Float64Array, tMs: number, mean: number, byWeek: number, lastWeek: number, place: number, caution: number): void {
  const hours = ++f[R.driftHours]!;
  if (hours === 0) {
    // Where nobody knows how far they have moved, they are no measure.
    if (lastWeek !== 0) moveDays(f, mean - lastWeek - (byWeek === 1 ? 0 : grownAWeek(f, dayError(f))), place);
    else f.fill(0, P.days, P.days + WEEK_HOURS);
    return;
  }
  // Nor are those that were moved to where no value has been.
  if (byWeek === 1 && (lastWeek < f[R.lowBefore]! || lastWeek > f[R.highBefore]!)) return;
  if (hours === 1) f[R.longLevel] = mean;
  const error = dayError(f);
  // What a series grows by it has grown by while its days were no measure.
  const rested = hours === 1 || byWeek === 1 ? 0 : knownFrom(f, 1) - 1;
  if (rested > 0 && rested < GROWS_UNTIL_HOURS)
    f[R.longLevel] = f[R.longLevel]! + grownBefore(f, rested, lastWeek, mean - f[R.longLevel]!, error);
  const apart = mean - (byWeek === 1 ? lastWeek : f[R.longLevel]!);
  const lag = byWeek === 1 ? WEEK_HOURS : lagOf(hours);
  const grown = grownBefore(f, lag, lastWeek, apart, error);
  const theory = error * (byWeek === 1 ? SQRT2 : 1);
  const measure = byWeek * MODELS;
  if (f[R.driftScaleModel] !== f[R.model]! + measure) {
    // What days of the series were beyond what a model said of them they are beyond another's, within bounds: of the same measure, since what the days
    // of a week differ by is nothing to next week's. Of days that did not err at all nothing is known.
    const erred = f[R.driftScaleModel]! >= measure && f[R.driftScaleModel]! < measure + MODELS ? f[R.dayScale]! / f[R.driftTheory]! : 1;
    const beyond = erred > 1 ? Math.min(3, erred) : 1;
    f[R.driftScaleModel] = f[R.model]! + measure;
    f[R.driftTheory] = theory;
    f[R.dayScale] = beyond * theory;
    f[R.driftTotal] = 0;
  }
  const apartBy = daysApart(f, byWeek);
  const shown = apartBy > MUCH * theory ? apartBy : 0;
  const usual = Math.max(
    f[R.dayScale]!,
    shown,
    BELIEVED * Math.min(theory, GROWN * f[R.driftTheory]!),
    FLOOR * f[R.scale]!,
    sizeOfMean(f, DAY_MS),
    GROWS_BY * Math.abs(grown),
  );
  // What it grows by is known as far as the days are that show it.
  const doubt = Math.hypot(1, Math.min(byWeek === 1 ? lag / slopeHours : lag / SLOPE_HOURS, Math.abs(grown) / usual));
  const off = (apart - grown) / doubt;
  f[R.driftOff] = apart - grown;
  const tail = DRIFT_TAILS + 2 * byWeek;
  if ((byWeek === 1 || hours > 48) && tMs - f[R.firstMs]! > LEARNED_MS && tMs > f[R.driftToldMs]!) {
    // What days were moved by after an event they are all off by.
    const together = tMs - f[R.driftPauseMs]! > DAYS * DAY_MS ? Math.sign(off) * ramp(f, off, hours) : 0;
    const size = Math.max(Math.abs(off), together);
    evidence.drift = weigh(f, tailAt(f, tail + (off > 0 ? 0 : 1)), size / usual, HOURLY_ALPHA, 1, caution, 1, NORMAL);
    if (evidence.drift > evidence.strength && evidence.drift >= 1)
      consider(evidence.drift, evidence.season >= SEASON_TOO ? KIND.seasonalBreak : nameOfDrift(f, apart));
    else consider(evidence.drift, KIND.trendChange);
  }
  f[R.longLevel] = f[R.longLevel]! + Math.max(1 / LONG_HOURS, 1 / hours) * (mean - f[R.longLevel]!);
  const total = ++f[R.driftTotal]!;
  const past = P.drifts + (hours % DRIFT_DELAY);
  const before = f[past]!;
  f[past] = off;
  if (hours <= DRIFT_DELAY) return;
  const size = Math.abs(before);
  f[R.dayScale] = f[R.dayScale]! + (1 / Math.min(LONG_HOURS, total + PRIOR_HOURS)) * (Math.min(size, 3 * usual) - f[R.dayScale]!);
  learnLater(tailAt(f, tail + (before > 0 ? 0 : 1)), size / usual, 1);
}

/**
 * How far the last four days are off together, `off` being the last one's, each weighed by how far what drifts since four days ago has come on it: in
 * units of a single day's.
 */
function ramp(f: Float64Array, off: number, hours: number): number {
  const days = Math.min(RAMP_DAYS, Math.ceil(hours / 24));
  let sum = days * off;
  let squares = days * days;
  for (let day = 1; day < days; day++) {
    const weight = days - day;
    sum += weight * f[P.drifts + ((hours - 24 * day) % DRIFT_DELAY)]!;
    squares += weight * weight;
  }
  return sum / Math.sqrt(squares);
}

/**
 * How far a day's mean is from its measure by itself, as the days of the week before yesterday show it: what the steps from one to the next differ by. Where
 * days of the week differ, the middle one of these steps, since a weekend begins with a long one and ends with another.
 */
function daysApart(f: Float64Array, byWeek: number): number {
  let known = 0;
  for (let day = 2; day < DAYS; day++) {
    const [later, earlier] = [f[dayAt(f, 24 * day - 23)]!, f[dayAt(f, 24 * day + 1)]!];
    if (later !== 0 && earlier !== 0) steps[known++] = later - earlier;
  }
  if (known < FEWEST_APART) return 0;
  const seen = steps.subarray(0, known);
  const usual = median(seen);
  let sum = 0;
  for (let i = 0; i < known; i++) sum += seen[i] = Math.abs(seen[i]! - usual);
  return byWeek === 0 ? sum / known / SQRT2 : TO_MEAN * median(seen);
}

/** Hours that the slow level is behind, `hours` after it began. */
const lagOf = (hours: number): number => (hours <= LONG_HOURS ? hours / 2 : LONG_HOURS * (1 - 0.5 * Math.exp(1 - hours / LONG_HOURS)));

/** Last week's days, but the one at `place`, are held to be as far from what they were as the last day is. */
function moveDays(f: Float64Array, by: number, place: number): void {
  for (let h = P.days; h < P.days + WEEK_HOURS; h++) if (f[h] !== 0 && h !== place) f[h] = f[h]! + by;
}

/** Whether the days of the week differ by more than a day's mean does by itself, as far as is known, besides what the week has grown by: a drift makes no weekend. */
function daysDiffer(f: Float64Array, hour: number): boolean {
  const differed = f[R.driftModel] === 1;
  if (f[R.model] !== 2 && !differed) return false;
  const lastWeek = f[P.days + (hour % WEEK_HOURS)]!;
  const grown = lastWeek === 0 || f[R.hoursSeen]! < 24 ? 0 : lastDayMean(f) - lastWeek;
  let least = Infinity;
  let most = -Infinity;
  for (let ago = 1; ago <= WEEK_HOURS; ago++) {
    const mean = f[dayAt(f, ago)]!;
    if (mean === 0) continue;
    const alone = mean + (grown * ago) / WEEK_HOURS;
    if (alone < least) least = alone;
    if (alone > most) most = alone;
  }
  return most - least > (differed ? STILL_DIFFER : DIFFER) * dayError(f);
}

/** What the means of hours leave of a model's season, and how one goes on from the last; kept from `at` on. */
function learnHours(f: Float64Array, at: number, model: number): void {
  if (f[at + H.model] !== model || model < 0) {
    f.fill(0, at + H.seen, at + H.before + 1);
    f[at + H.model] = model;
    // This hour was in part another model's.
    return;
  }
  const left = (f[R.hourSum]! - f[at]!) / f[R.hourCount]!;
  const n = ++f[at + H.seen]!;
  const level = f[at + H.level]!;
  f[at + H.level] = level + Math.max(HOUR_RATE, 1 / n) * (left - level);
  const spread = Math.sqrt(f[at + H.variance]!);
  const off = left - f[at + H.level]!;
  const now = n < 12 ? off : Math.max(-3 * spread, Math.min(3 * spread, off));
  const rate = Math.max(HOUR_RATE, 1 / n);
  f[at + H.variance] = f[at + H.variance]! + rate * (now * now - f[at + H.variance]!);
  f[at + H.covariance] = f[at + H.covariance]! + rate * (now * f[at + H.before]! - f[at + H.covariance]!);
  f[at + H.before] = now;
  // Behind the doubles that are kept.
  if (at === DAY_HOURS_AT) for (let k = at; k <= at + H.before; k++) f[k] = Math.fround(f[k]!);
}

/**
 * Mean absolute error of the mean of 24 hours: by what the model that speaks says of its steps, and by the means of hours, each as a first-order
 * autoregression; the larger. Of a season at most its values' own.
 */
function dayError(f: Float64Array): number {
  const at = P.models + f[R.model]! * MODEL_SIZE;
  const steps = Math.max(1, f[R.spacingMs]! > 0 ? DAY_MS / f[R.spacingMs]! : 1);
  const bySteps = stepsError(f, at) / Math.sqrt(steps);
  // A season too weak to speak of single steps may be most of what their means differ by.
  const isWeak = f[R.model] === 0 && hoursSeen(f, DAY_HOURS_AT) && f[DAY_HOURS_AT + H.variance]! < HOURS_LEAVE * f[R.hourVariance]!;
  const byHours = hoursError(f, isWeak ? DAY_HOURS_AT : R.hourSeason);
  const error = Math.max(bySteps, byHours);
  if (f[R.model] !== 0) return Math.min(error, f[at + M.away]!);
  // What takes a day's season for steps that go on from each other does not know that it is nothing to a day's mean.
  const day = P.models + MODEL_SIZE;
  const isSeason = f[day + M.seen]! > 2 * steps && f[day + M.away]! < SEASON_LEAVES * f[at + M.away]!;
  return isSeason ? Math.min(error, Math.max(LEAST_ERROR * error, stepsError(f, day) / Math.sqrt(steps))) : error;
}

const hoursSeen = (f: Float64Array, at: number): boolean => f[at + H.seen]! >= FEWEST_HOURS;

/** What the means of hours say of a day's. */
function hoursError(f: Float64Array, at: number): number {
  const goesOn = persistence(f[at + H.variance]!, f[at + H.covariance]!);
  return hoursSeen(f, at) ? 0.8 * Math.sqrt((f[at + H.variance]! * (1 + goesOn)) / (1 - goesOn) / 24) : 0;
}

/** What a model says of its steps, each with what goes on of it. */
const stepsError = (f: Float64Array, at: number): number =>
  f[at + M.error]! / (1 - persistence(f[at + M.variance]!, f[at + M.covariance]!));

const persistence = (variance: number, covariance: number): number =>
  variance > 0 ? Math.max(0, Math.min(0.98, covariance / variance)) : 0;

/** What has been told is no drift any more: last week's days are held to be where it has led. */
export function acceptDrift(f: Float64Array): void {
  const off = f[R.driftOff]!;
  if (f[R.driftModel] === 1) moveDays(f, off, -1);
  f[R.driftModel] = -1;
  f[R.driftToldMs] = f[R.lastMs]! + TOLD_MS;
  // Such drifts happen in this series: the next must be larger to be told.
  f[R.dayScale] = Math.max(f[R.dayScale]!, Math.abs(off) / HAPPENED);
}
