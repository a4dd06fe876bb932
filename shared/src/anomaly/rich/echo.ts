import { KIND } from "../kind.ts";
import { moveLevel } from "./expectation.ts";
import { R } from "./layout.ts";
import { grownBy, scaleSeason, usualBefore } from "./season-scale.ts";

/** What a departure is to the last event: another event, the way back from it, more of it, or the same again from which it had just come back. */
export type Echo = "none" | "back" | "more" | "again";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** How long after an event the way back from it may come. */
const BACK_MS = 4 * DAY_MS;
/** What is this much nearer to where the series was before than to where it is expected now goes back there. */
const BACK = 0.4;
/** Share of its way by which it may go beyond that. */
const BEYOND = 0.2;
/** Share of how far a level had moved from which it has done so again. */
const HALF = 0.5;
/** Steps after an event in which what scatters more than usual belongs to it: as many as the longest span of the test, and some. */
const SCATTERS_STEPS = 192;
/** After a season that has gone what is expected is in doubt for a day. */
const DOUBT_MS = DAY_MS;

/** How long what is usual of the scatter is learned over: so long it may hold some of the event. */
const SCATTER_MS = 2 * DAY_MS;

/** Kind of the last event that is over, -1 without one. */
export const lastEvent = (f: Float64Array): number => -2 - f[R.eventKind]!;

/** A level that has moved is watched for some hours: it may be the season that has gone. */
export const isWatched = (f: Float64Array): boolean =>
  f[R.watchLeft]! > 0 && (f[R.eventKind] === KIND.levelShift || lastEvent(f) === KIND.levelShift);

const hadMoved = (f: Float64Array): boolean => lastEvent(f) === KIND.levelShift || lastEvent(f) === KIND.seasonalBreak;

/** Whether the way back from an event that is over is still looked for. */
export const echoes = (f: Float64Array): boolean => hadMoved(f) && f[R.lastMs]! - f[R.eventEndMs]! < BACK_MS;

/**
 * One event is one alarm: a level that goes back to where it was, a season that crosses its profile again, and scatter that was first seen as its first
 * far value are not told once more. `kind`: of the departure at `x`.
 */
export function echoOf(f: Float64Array, kind: number, x: number): Echo {
  const last = lastEvent(f);
  if (kind === KIND.gap || kind === KIND.flatline || kind === KIND.trendChange) return "none";
  if (last < 0)
    return kind !== KIND.varianceChange && f[R.restLeft]! > 0 && (x - usualBefore(f)) / f[R.eventShift]! > HALF ? "again" : "none";
  const since = f[R.lastMs]! - f[R.eventEndMs]!;
  if (kind === KIND.varianceChange) {
    if (hadMoved(f) && since < SCATTER_MS) return "more";
    const sudden = last === KIND.spike || last === KIND.dip || last === KIND.varianceChange;
    return sudden && since < SCATTERS_STEPS * f[R.spacingMs]! ? "more" : "none";
  }
  if (echoes(f) && goesBack(f, x)) return "back";
  return last === KIND.seasonalBreak && since < DOUBT_MS ? "more" : "none";
}

/** Whether a value is where the series was before the last event, or most of the way there: of what falls below both that and where it is now neither was. */
function goesBack(f: Float64Array, x: number): boolean {
  const way = Math.abs(x - f[R.expected]!);
  const beyond = (x - usualBefore(f)) * Math.sign(x - f[R.expected]!);
  return beyond > -BACK * way && beyond < BEYOND * way;
}

/** The series is where it was before the event. */
export function goBack(f: Float64Array): void {
  f[R.watchLeft] = 0;
  const level = usualBefore(f);
  if (grownBy(f) !== 1) scaleSeason(f, 1 / grownBy(f));
  moveLevel(f, level);
  f[R.eventKind] = -1;
}
