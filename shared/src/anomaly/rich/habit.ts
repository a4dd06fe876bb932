import { HABITS_AT, HABIT_BINS, HABIT_DAYS, M, MODEL_SIZE, P, R } from "./layout.ts";

const DAY_MS = 86_400_000;
const BIN_MS = DAY_MS / HABIT_BINS;
/** Bins beside the one of now: what comes every day comes a little earlier or later. */
const REACH = 1;
/** Mean absolute errors from where on a departure may be a habit: what is smaller is within what noise reaches on any two days. */
const FEWEST_ERRORS = 8;
/** Share of a departure that a habit must have gone. */
const MOST = 0.8;
/** Share of it at which there was none yet. */
const NONE = 0.5;
const FEWEST_DAYS = 2;
/** Bins before a move in which a job may have begun that it ends. */
const BACK_BINS = 12;
const LIKE = 0.3;

/** By bin of the day and by day: when it was, 0 for never, and the highest and lowest value of that. */
const DAYS = HABITS_AT;
const HIGHS = DAYS + HABIT_BINS * HABIT_DAYS;
const LOWS = HIGHS + HABIT_BINS * HABIT_DAYS;
/** When a habit began last, s, as a single holds them. */
const BEGAN = LOWS + HABIT_BINS * HABIT_DAYS;
/** So long after it has begun the end of it is part of it. */
const LASTS_S = 14_400;

/**
 * Whether a departure is what the series does at about this time of the day, as on at least two of the days before. Profiles are means, in which a
 * job of some minutes is a bump; and the expectation of the last hours, which errs least between such jobs, knows nothing of them. The way back
 * belongs to it, and from anything else that is none to that.
 */
export function isHabit(f: Float64Array, tMs: number, x: number): boolean {
  const departure = x - f[R.expected]!;
  if (!(Math.abs(departure) > FEWEST_ERRORS * f[R.scale]!)) return false;
  const at = P.models + f[R.model]! * MODEL_SIZE;
  const base = f[at + M.season]! + f[at + M.offset]!;
  if (Math.abs(x - base) < Math.abs(f[R.expected]! - base)) return tMs / 1000 - f[BEGAN]! < LASTS_S;
  if (!wasBefore(f, tMs, departure)) return false;
  f[BEGAN] = Math.fround(tMs / 1000);
  return true;
}

/**
 * Began here on enough of the days before: it went there, and shortly before was where it is expected, or it went as far from wherever it was that day, as a
 * disk that is emptied every night. A day that was there all along says nothing.
 */
function wasBefore(f: Float64Array, tMs: number, departure: number): boolean {
  const [far, near] = departure > 0 ? [HIGHS, LOWS] : [LOWS, HIGHS];
  const valueAt = (column: number, at: number): number => {
    const [day, k] = placeOf(at);
    return f[DAYS + k] === day ? f[column + k]! : Number.NaN;
  };
  const nearest = departure > 0 ? Math.min : Math.max;
  // The way back from where a job had gone is no way to anywhere.
  const wasThere = (at: number, from: number, reached: number): boolean => {
    for (let bin = 2; bin <= BACK_BINS; bin++) if ((valueAt(far, at - bin * BIN_MS) - from) / (reached - from) > NONE) return true;
    return false;
  };
  for (let reach = -REACH; reach <= REACH; reach++) {
    let days = 0;
    for (let ago = 1; ago <= HABIT_DAYS; ago++) {
      const at = tMs + reach * BIN_MS - ago * DAY_MS;
      const [here, before] = [valueAt(near, at), valueAt(near, at - BIN_MS)];
      const from = before === before ? nearest(here, before) : here;
      const reached = valueAt(far, at);
      const began = (from - f[R.expected]!) / departure < NONE && (reached - f[R.expected]!) / departure >= MOST;
      if (began || ((reached - from) / departure >= MOST && !wasThere(at, from, reached))) days++;
    }
    if (days >= FEWEST_DAYS) return true;
  }
  return false;
}

/** On how many of the last days the series was like `x` at about this time, and never like `other`: by a share of what is between these. */
export function daysLike(f: Float64Array, tMs: number, x: number, other: number): number {
  const within = LIKE * Math.abs(x - other);
  let days = 0;
  for (let ago = 1; ago <= HABIT_DAYS; ago++) {
    let [low, high] = [Infinity, -Infinity];
    for (let reach = -REACH; reach <= REACH; reach++) {
      const [day, k] = placeOf(tMs + reach * BIN_MS - ago * DAY_MS);
      if (f[DAYS + k] !== day) continue;
      low = Math.min(low, f[LOWS + k]! - within);
      high = Math.max(high, f[HIGHS + k]! + within);
    }
    if (x > low && x < high && (other < low || other > high)) days++;
  }
  return days;
}

/** Whether a place of placeOf is of that day, and what it went between. */
export const wasAt = (f: Float64Array, k: number, day: number): boolean => f[DAYS + k] === day;
export const highestAt = (f: Float64Array, k: number): number => f[HIGHS + k]!;
export const lowestAt = (f: Float64Array, k: number): number => f[LOWS + k]!;

/** After the step has been judged. */
export function learnHabit(f: Float64Array, tMs: number, x: number): void {
  const [day, k] = placeOf(tMs);
  const value = Math.fround(x);
  const isNew = f[DAYS + k] !== day;
  f[DAYS + k] = day;
  if (isNew || value > f[HIGHS + k]!) f[HIGHS + k] = value;
  if (isNew || value < f[LOWS + k]!) f[LOWS + k] = value;
}

/** The day, never 0 after 1970, and where what was at this time of it is kept. */
export function placeOf(tMs: number): readonly [number, number] {
  const days = tMs / DAY_MS;
  const day = Math.floor(days) + 1;
  const bin = Math.min(HABIT_BINS - 1, Math.floor((days - day + 1) * HABIT_BINS));
  return [day, bin * HABIT_DAYS + (((day % HABIT_DAYS) + HABIT_DAYS) % HABIT_DAYS)];
}
