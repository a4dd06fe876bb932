import type { Season } from "../model/trend.ts";
import { straightLine } from "../forecast/straight-line.ts";
import { autocorrelations } from "../statistics/autocorrelation.ts";
import type { EvenSteps } from "./even-steps.ts";
import { segments } from "./change-points.ts";
import { aboutMovingMean, fittedTogether, phaseMeans, phasesOf, type SeasonalPart } from "./seasonal-parts.ts";

const HOUR = 3_600_000;
const CALENDAR = [HOUR, 12 * HOUR, 24 * HOUR, 168 * HOUR];
const MOST_SEASONS = 3;
const WEAKEST = 0.2;
const CYCLES = 3;
const CALENDAR_CYCLES = 2;
/** A series that moves less often has a few events, of which two are as far apart as they happen to be. */
const FEWEST_MOVES = 12;
/** Moves so many steps apart are of one. */
const ONE_EVENT = 3;
/** By so much two periods may differ and be taken for one. */
const BESIDE = 0.2;
const PEAK = 0.8;
const MOST_PEAKS = 0.75;
/** Usual errors of an autocorrelation that a season's is no less than. */
const SURE = 3;
/** A season that leaves no less than this share of what one jump leaves is that jump. */
const NO_BETTER = 1.25;
/** What comes back after so many periods of one length comes back this much more alike than after as many of another: it is of that length. */
const TRUER = 0.1;
/** A period goes into one of the calendar but for this share of it, and the calendar's comes back this much more alike at most. */
const WHOLE = 0.02;
const LITTLE = 0.05;
/** Of what is left, as a share of its squares: more that alternates from step to step hides all else. */
const MOST_ALTERNATION = 0.5;
const ROUNDING = 1e-9;

export interface SeasonalFit {
  readonly seasons: readonly Season[];
  /** Sum of the seasonal parts, by step. */
  readonly seasonal: Float64Array;
  readonly parts: readonly SeasonalPart[];
  readonly peakHours: readonly number[];
  readonly peakWeekdays: readonly number[];
}

/**
 * Seasons, strongest first: the highest peaks of the periodogram that the autocorrelation confirms, each taken out before the next is
 * looked for. Three whole cycles, two of an hour, a day or a week where that moves more than a few times. Strength as Wang, Smith & Hyndman 2006 define it, less what so many
 * phases explain of noise.
 */
export function findSeasonal({ y, beginMs, stepMs, missing }: EvenSteps): SeasonalFit {
  const n = y.length;
  const { slope, intercept } = straightLine(y);
  const rest = y.map((value, i) => value - intercept - slope * i);
  const original = Float64Array.from(rest);
  const parts: SeasonalPart[] = [];
  const seasons: Season[] = [];
  const largest = y.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  // What a line leaves by the rounding of numbers repeats, and says nothing.
  const rounding = rest.every((value) => Math.abs(value) <= ROUNDING * largest);
  const moves = Array.from(y.keys()).filter((i) => i > 0 && Math.abs(y[i]! - y[i - 1]!) > ROUNDING * largest);
  const events = moves.filter((i, k) => !(i - moves[k - 1]! <= ONE_EVENT)).length;
  const isStill = moves.length < FEWEST_MOVES;
  const turns = isStill ? CYCLES : CALENDAR_CYCLES;
  for (let k = 0; k < (n >= 12 && !rounding && !(isStill && events < CYCLES) ? MOST_SEASONS : 0); k++) {
    takeAlternation(rest);
    const known = (steps: number): boolean => seasons.some(({ periodMs }) => Math.abs(periodMs / (steps * stepMs) - 1) < 0.1);
    let period = strongestPeriod(rest, stepMs, turns);
    let about: Float64Array = rest;
    if (period === null || known(period) || !CALENDAR.some((calendar) => Math.abs(calendar / stepMs / (period ?? 1) - 1) < 1e-9)) {
      const calendar = wanderingSeason(rest, stepMs, known);
      if (calendar !== null && (period === null || !(isTruer(period, calendar.period, calendar.about) || isAllOf(period, calendar))))
        ({ period, about } = calendar);
    }
    if (period === null || known(period)) break;
    let part = phaseMeans(about, period);
    let strength = strengthOf(about, part, period);
    if (strength < WEAKEST && about === rest) {
      // Days that repeat on levels that differ, as weekends do: measured within the days.
      about = aboutMovingMean(rest, Math.round(period));
      part = phaseMeans(about, period);
      strength = strengthOf(about, part, period);
    }
    if (strength < WEAKEST) break;
    if (n < CYCLES * period) {
      // Two turns are also what a line leaves of one jump in the middle.
      const jump = withoutJump(
        rest.map((value, i) => value + intercept + slope * i),
        missing,
      );
      if (jump !== null && jump.variance < NO_BETTER * varianceWithout(rest, part, period)) {
        rest.set(jump.rest);
        continue;
      }
    }
    seasons.push({ periodMs: Math.round(period * stepMs), strength });
    parts.push({ period, aboutMean: about !== rest, values: part });
    for (let i = 0; i < n; i++) rest[i] = rest[i]! - part[i]!;
  }
  const seasonal = fittedTogether(y, parts, ofLine);
  const daily = seasons.some(({ periodMs }) => periodMs === 168 * HOUR) ? dayWithinWeek(original, stepMs, seasons) : null;
  if (daily !== null) seasons.push(daily);
  const has = (periodMs: number): boolean => seasons.some((season) => Math.abs(season.periodMs / periodMs - 1) < 0.02);
  const weekly = has(168 * HOUR);
  /** In so many parts of a step, the middles of these: of two hours' mean nobody knows which of them it was. */
  const within = (i: number, parts: number): Date[] =>
    Array.from({ length: parts }, (_, k) => new Date(beginMs + (i + (k + 0.5) / parts) * stepMs));
  const day = has(24 * HOUR) || has(12 * HOUR) || weekly;
  return {
    seasons: seasons.toSorted((a, b) => b.strength - a.strength),
    seasonal,
    parts,
    peakHours: day && stepMs <= 2 * HOUR ? peaks(seasonal, (i) => within(i, stepMs > HOUR ? 2 : 1).map((at) => at.getUTCHours()), 24) : [],
    peakWeekdays: weekly && stepMs <= 24 * HOUR ? peaks(seasonal, (i) => within(i, 1).map((at) => at.getUTCDay()), 7) : [],
  };
}

/**
 * Takes out what alternates from step to step where that is most there is: a cycle of two steps, of which nobody knows whether it is of a part
 * of them, and which every even number of steps repeats.
 */
function takeAlternation(rest: Float64Array): void {
  const size = rest.reduce((sum, value, i) => sum + (i % 2 === 0 ? value : -value), 0) / rest.length;
  const power = rest.reduce((sum, value) => sum + value * value, 0) / rest.length;
  if (size * size <= MOST_ALTERNATION * power) return;
  for (let i = 0; i < rest.length; i++) rest[i] = rest[i]! - (i % 2 === 0 ? size : -size);
}

/** What one change of level leaves, and its variance; null where there is none, or more. */
function withoutJump(y: Float64Array, missing: Uint8Array): { readonly rest: Float64Array; readonly variance: number } | null {
  const found = segments(y, undefined, missing);
  if (found.length !== 2) return null;
  const rest = Float64Array.from(y);
  for (const { from, to, intercept, slope } of found) for (let i = from; i < to; i++) rest[i] = rest[i]! - intercept - slope * (i - from);
  return { rest, variance: rest.reduce((sum, value) => sum + value * value, 0) / Math.max(1, y.length - 5) };
}

function varianceWithout(rest: Float64Array, part: Float64Array, period: number): number {
  const left = rest.reduce((sum, value, i) => sum + (value - part[i]!) ** 2, 0);
  return left / Math.max(1, rest.length - phasesOf(period));
}

function ofLine(y: Float64Array): Float64Array {
  const { slope, intercept } = straightLine(y);
  return y.map((_, i) => intercept + slope * i);
}

/** A week's pattern holds the day's, which people ask for by itself: null where the days of the week have nothing in common. */
function dayWithinWeek(rest: Float64Array, stepMs: number, known: readonly Season[]): Season | null {
  const period = (24 * HOUR) / stepMs;
  if (period < 6 || known.some(({ periodMs }) => Math.abs(periodMs / (24 * HOUR) - 1) < 0.1)) return null;
  const lag = Math.round(period);
  const about = aboutMovingMean(rest, lag);
  const rho = autocorrelations(about, lag);
  if ((rho[lag - 1] ?? 0) < 0.4) return null;
  const strength = strengthOf(about, phaseMeans(about, period), period);
  return strength < WEAKEST ? null : { periodMs: 24 * HOUR, strength };
}

/** A season of the calendar in a series that wanders more than it repeats: seen, and measured, about the moving mean of one period. */
function wanderingSeason(
  rest: Float64Array,
  stepMs: number,
  known: (steps: number) => boolean,
): { readonly period: number; readonly about: Float64Array } | null {
  for (const calendar of [24 * HOUR, 168 * HOUR, HOUR]) {
    const period = calendar / stepMs;
    const lag = Math.round(period);
    if (period < 6 || period * CYCLES > rest.length + 1 || known(period)) continue;
    const about = aboutMovingMean(rest, lag);
    const rho = autocorrelations(about, lag);
    const here = ((rho[lag - 1] ?? 0) * rest.length) / (rest.length - lag);
    if (here > 0.4 && here > (rho[Math.round(lag / 2) - 1] ?? 0) + 0.3) return { period, about };
  }
  return null;
}

/**
 * Usual error of a season's autocorrelation, which what the season leaves makes: the larger the more neighbours correlate in that, for what
 * wanders seems to come back twice. Source: Bartlett 1946, J. R. Stat. Soc. Suppl. 8, of an AR(1) at large lags.
 */
function errorOf(rest: Float64Array, period: number): number {
  const part = phaseMeans(rest, period);
  const left = rest.map((value, i) => value - part[i]!);
  const [rho = 0] = autocorrelations(left, 1);
  const wander = rho > 0 ? (1 + rho * rho) / (1 - rho * rho) : 1;
  return Math.sqrt(((1 - strengthOf(rest, part, period)) * wander) / rest.length);
}

/**
 * Whether a series is of one period rather than of another beside it, a tide rather than a day: the more periods lie between, the further the
 * wrong one is out of step. What wanders is not like itself that far apart by either.
 */
function isTruer(period: number, other: number, values: Float64Array): boolean {
  const n = values.length;
  const longest = Math.floor(n / CALENDAR_CYCLES);
  const rho = autocorrelations(values, longest);
  const at = (lag: number): number => {
    const [low, high] = [Math.floor(lag), Math.ceil(lag)].map((steps) => ((rho[steps - 1] ?? 0) * n) / (n - steps));
    return Math.max(low ?? 0, high ?? 0);
  };
  if (Math.abs(other / period - 1) > BESIDE) return false;
  for (let times = 1; times * Math.max(period, other) <= longest; times *= 2)
    if (at(times * period) > at(times * other) + TRUER) return true;
  return false;
}

/** Whether a season of the calendar is a shorter period some times over, and nothing else: three shifts of eight hours rather than a day. */
function isAllOf(period: number, calendar: { readonly period: number; readonly about: Float64Array }): boolean {
  const times = calendar.period / period;
  if (times < 1.5 || Math.abs(times - Math.round(times)) > WHOLE * times) return false;
  const n = calendar.about.length;
  const rho = autocorrelations(calendar.about, Math.round(calendar.period));
  const at = (steps: number): number => ((rho[Math.round(steps) - 1] ?? 0) * n) / (n - Math.round(steps));
  return at(period) > at(calendar.period) - LITTLE;
}

/** In steps, not always whole; null when there is none. */
function strongestPeriod(rest: Float64Array, stepMs: number, turns: number): number | null {
  const n = rest.length;
  const longest = Math.floor(n / CALENDAR_CYCLES);
  const rho = autocorrelations(rest, longest);
  const at = (lag: number): number => ((rho[Math.round(lag) - 1] ?? 0) * n) / (n - Math.round(lag));
  const confirmed = (lag: number, cycles: number): boolean => {
    if (lag < 3 || lag * cycles > n + 1) return false;
    const here = at(lag);
    if (here < Math.max(cycles === CYCLES ? 0.4 : 0.25, SURE / Math.sqrt(n)) || here < at(lag / 2) + 0.15) return false;
    if (lag * 2 <= longest && at(2 * lag) <= 0.5 * here) return false;
    return here >= SURE * errorOf(rest, lag);
  };
  const power = periodogram(rest);
  const peaks = Array.from(power, (value, k) => ({ k, value }))
    .filter(({ k, value }) => k >= CALENDAR_CYCLES && value > (power[k - 1] ?? 0) && value >= (power[k + 1] ?? 0))
    .sort((a, b) => b.value - a.value)
    .slice(0, 5);
  for (const { k } of peaks) {
    // A frequency between two of the periodogram's is found by its autocorrelation.
    let lag = Math.round(n / k);
    const from = Math.ceil(n / (k + 0.6));
    const to = Math.floor(n / (k - 0.6));
    for (let near = from; near <= to; near++) if (at(near) > at(lag)) lag = near;
    const own = confirmed(lag, CYCLES) ? sharpened(lag, longest, at) : null;
    for (const calendar of CALENDAR) {
      const exact = calendar / stepMs;
      if (own !== null && isTruer(own, exact, rest)) continue;
      // A daily pattern has harmonics; the day is what repeats.
      for (const multiple of [1, 2, 3, 4]) {
        if (Math.abs((lag * multiple) / exact - 1) > 0.06 || !confirmed(exact, turns)) continue;
        if (multiple === 1 || at(exact) > at(lag) + 0.05) return exact;
      }
    }
    if (own !== null) return own;
  }
  return null;
}

/** A fraction of a step more exact each time the autocorrelation at twice as many periods is looked at. */
function sharpened(period: number, longest: number, at: (lag: number) => number): number {
  let exact = period;
  for (let times = 2; times * exact + times / 2 <= longest; times *= 2) {
    let peak = Math.round(times * exact);
    for (let near = peak - 1; near <= Math.round(times * exact) + 1; near++) if (at(near) > at(peak)) peak = near;
    exact = peak / times;
  }
  return exact;
}

/** Power at k cycles in the whole, k < n / 2. */
function periodogram(y: Float64Array): Float64Array {
  const n = y.length;
  const power = new Float64Array(n >> 1);
  for (let k = 1; k < power.length; k++) {
    const w = 2 * Math.cos((2 * Math.PI * k) / n);
    let one = 0;
    let two = 0;
    // Goertzel 1958.
    for (let i = 0; i < n; i++) {
      const next = y[i]! + w * one - two;
      two = one;
      one = next;
    }
    power[k] = one * one + two * two - w * one * two;
  }
  return power;
}

function strengthOf(rest: Float64Array, part: Float64Array, period: number): number {
  const n = rest.length;
  let total = 0;
  let left = 0;
  for (let i = 0; i < n; i++) {
    total += rest[i]! ** 2;
    left += (rest[i]! - part[i]!) ** 2;
  }
  if (!(total > 0)) return 0;
  return Math.max(0, 1 - (left * n) / (Math.max(1, n - phasesOf(period)) * total));
}

/** The keys whose mean is within a fifth of the range from the top; none where that are nearly all: five days of a week are told. */
function peaks(values: Float64Array, keysOf: (index: number) => readonly number[], keys: number): number[] {
  const sum = new Float64Array(keys);
  const count = new Float64Array(keys);
  for (let i = 0; i < values.length; i++) {
    for (const at of keysOf(i)) {
      sum[at] = sum[at]! + values[i]!;
      count[at] = count[at]! + 1;
    }
  }
  const means = Array.from(sum, (total, at) => ({ at, mean: total / count[at]! })).filter(({ mean }) => Number.isFinite(mean));
  if (means.length < keys / 2) return [];
  const low = Math.min(...means.map(({ mean }) => mean));
  const high = Math.max(...means.map(({ mean }) => mean));
  if (!(high > low)) return [];
  const found = means.filter(({ mean }) => mean >= low + PEAK * (high - low)).map(({ at }) => at);
  return found.length > MOST_PEAKS * means.length ? [] : found;
}
