import { moveOffsets, smoothSeasonAt, smoothedError } from "./expectation.ts";
import { M, MODEL_SIZE, P, R } from "./layout.ts";
import { stretch } from "./season-gain.ts";
import { grownBy, usualBefore } from "./season-scale.ts";

/** How long a level that has moved is watched, and at most how many steps. */
export const WATCH_MS = 28_800_000;
const LONGEST_WATCH = 720;
/** Usual smoothed distances from the season, and share of the shift, by which a level that has moved for good does not go on. */
const WANDERS = 8;
export const WATCHED_LEAVES = 0.4;
/** Steps over which it is learned how far the level went. */
const SETTLES = 12;
/** Share of it within which it is as far as the same factor makes it. */
const SAME_FACTOR = 0.3;
/** Of what is less than that of itself it is not said that its season is as much less: that would be little beside what scatters, and the way back many times it. */
const LEAST_GAIN = 0.4;
/** Steps over which the distance is smoothed. */
const SMOOTHED = 6;

/** Steps in a time, as many as a level is watched for at most. */
export const stepsIn = (f: Float64Array, ms: number): number =>
  f[R.spacingMs]! > 0 ? Math.floor(Math.min(LONGEST_WATCH, ms / f[R.spacingMs]!)) : 0;

/** In a series with a season a level that has moved is watched: when it does not stay where it went, it is the season that has gone. */
export function beginWatch(f: Float64Array): void {
  if (f[R.eventModel] === 0) return;
  f[R.watchLeft] = stepsIn(f, WATCH_MS);
  f[R.watchAway] = f[R.eventShift]!;
}

/** Where the series is now, and on average since the onset as far as little is known of that. */
export function smoothAway(f: Float64Array, away: number, watched: number): void {
  f[R.watchAway] = f[R.watchAway]! + (away - f[R.watchAway]!) / SMOOTHED;
  const since = watched - f[R.watchLeft]!;
  if (since <= SETTLES) f[R.eventShift] = f[R.eventShift]! + (away - f[R.eventShift]!) / (since + SMOOTHED);
}

/** Whether the level is as far away as it was at first, `watched` steps being its whole watch, or by the same factor. */
export const staysAway = (f: Float64Array, watched: number, share: number, zero: number): boolean =>
  Math.abs(f[R.watchAway]! - f[R.eventShift]!) < staysWithin(f, share) || staysByFactor(f, watched, zero);

const staysByFactor = (f: Float64Array, watched: number, zero: number): boolean =>
  isByFactor(f, f[R.watchAway]!, shiftByFactor(f, watched, zero));

const isByFactor = (f: Float64Array, away: number, shift: number): boolean =>
  Math.abs(away - shift) < Math.max(staysWithin(f, 0), SAME_FACTOR * Math.abs(shift));

/** How far the series is from its season where that is as many times as high as at first: traffic that doubles has seasons twice as high. NaN of what may be below zero, of what nearly all is gone, and while a first week is learned. */
function shiftByFactor(f: Float64Array, watched: number, zero: number): number {
  const week = f[P.models + 2 * MODEL_SIZE + M.season]!;
  if (week !== week) return Number.NaN;
  const now = usualAgo(f, SMOOTHED - 1) - zero;
  const then = usualAgo(f, Math.max(0, watched - f[R.watchLeft]! - SETTLES / 2)) - zero;
  const factor = f[R.eventShift]! / then;
  return now > 0 && then > 0 && 1 + factor > LEAST_GAIN ? factor * now : Number.NaN;
}

/** The same now, of a level that is watched or has been. */
export function shiftByFactorNow(f: Float64Array, zero: number): number {
  if (f[R.watchLeft]! > 0) return shiftByFactor(f, stepsIn(f, WATCH_MS), zero);
  return grownBy(f) === 1 ? Number.NaN : (grownBy(f) - 1) * (usualBefore(f) - zero);
}

/** Whether a level that is watched goes where its season takes it that has grown with it: it is expected where it is. */
export function growsWith(f: Float64Array, x: number, zero: number): boolean {
  const watched = stepsIn(f, WATCH_MS);
  const isThere = isByFactor(f, x - usualBefore(f), shiftByFactor(f, watched, zero));
  if (!isThere || !staysByFactor(f, watched, zero)) return false;
  moveOffsets(f, x);
  return true;
}

/** Where the series was usually so many steps ago, by the season it had. */
const usualAgo = (f: Float64Array, steps: number): number =>
  smoothSeasonAt(f, f[R.eventModel]!, f[R.lastMs]! - steps * f[R.spacingMs]!) / grownBy(f) + f[R.eventOffset]!;

/** How far the smoothed distance of a level that has moved may be from what it was at first: by what it scatters by itself, and a share of it. */
export function staysWithin(f: Float64Array, share: number): number {
  const usual = f[P.models + f[R.eventModel]! * MODEL_SIZE + M.away]!;
  const smoothed = usual > 0 ? smoothedError(f, f[R.eventModel]!, SMOOTHED) / usual : 0;
  return Math.max(WANDERS * smoothed * f[R.eventUsual]!, share * Math.abs(f[R.eventShift]!));
}

/** Whether a level that is watched is half the way to where it would not be one. */
export const isLeaving = (f: Float64Array): boolean => Math.abs(f[R.watchAway]! - f[R.eventShift]!) > 0.5 * staysWithin(f, WATCHED_LEAVES);

/** The level has moved for good, and the season with it where a factor says better how far it is away now. */
export function acceptWhere(f: Float64Array, x: number, zero: number): void {
  const away = f[R.watchAway]!;
  const byFactor = shiftByFactor(f, stepsIn(f, WATCH_MS), zero);
  acceptLevel(f);
  if (!(Math.abs(away - byFactor) < Math.abs(away - f[R.eventShift]!))) return;
  const gain = 1 + away / (usualAgo(f, SMOOTHED - 1) - zero);
  stretch(f, gain, x, zero + gain * (usualBefore(f) - zero));
}

/** The level has moved for good: the season is measured from where it is. */
export function acceptLevel(f: Float64Array): void {
  f[R.watchLeft] = 0;
  f[R.seasonModel] = 0;
}
