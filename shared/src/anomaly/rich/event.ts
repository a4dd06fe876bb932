import { KIND } from "../kind.ts";
import { acceptDrift } from "./drift-test.ts";
import { lastEvent } from "./echo.ts";
import { forgetInnovations, moveLevel } from "./expectation.ts";
import { evidence } from "./evidence.ts";
import { LEVEL_MOVED, M, MODEL_SIZE, P, R } from "./layout.ts";
import { forgetFit } from "./season-test.ts";
import { endSpread } from "./spread-test.ts";

/** Steps after the onset in which it shows what an event is. */
const AFTERMATH = 6;
/** From here on it keeps its name. */
const NAMED = 8 * AFTERMATH;
const CALM_STEPS = 8;
const LONGEST = 288;
const GONE_MS = 172_800_000;
/** Least steps between two events; a stronger one may come sooner. */
const REST = 24;
const MUCH_STRONGER = 1.6;
/** Mean absolute errors within which a step is calm. */
const CALM = 4;
/** Mean absolute errors that are wide of what is expected. */
const WIDE = 2.5;
/** Evidence of a wider spread that is enough for an event's name. */
const SCATTERED = 0.4;
/** How long a level that has moved is watched, and at most how many steps. */
const WATCH_MS = 21_600_000;
const LONGEST_WATCH = 360;
/** Usual distances from the season, and share of the shift, by which a level that has moved for good does not go on. */
const WANDERS = 4;
const LEAVES = 0.4;
/** Evidence of a season left that keeps an event open. */
const STILL_AWAY = 0.6;
/** A season that is left by the same distance for so long has not gone: the level has moved. */
const SAME_MS = 21_600_000;
/** Usual distances from the season, and share of the distance, within which it is the same. */
const SAME = 2;
const SAME_SHARE = 0.2;
const FEWEST_SAME = 24;

export const isOpen = (f: Float64Array): boolean => f[R.eventKind]! >= 0;

/** Whether evidence of this strength begins an event: none is open, and the last one is over, or this one is much stronger. */
export function mayBegin(f: Float64Array, strength: number): boolean {
  return !isOpen(f) && (f[R.restLeft]! <= 0 || strength > MUCH_STRONGER * f[R.eventStrength]!);
}

export function beginEvent(f: Float64Array, kind: number, strength: number, x: number): void {
  const at = P.models + f[R.model]! * MODEL_SIZE;
  f[R.eventKind] = kind;
  f[R.eventAge] = 0;
  f[R.eventCalm] = 0;
  f[R.eventModel] = f[R.model]!;
  f[R.eventOffset] = f[at + M.offset]!;
  f[R.eventUsual] = f[at + M.away]!;
  f[R.eventSize] = awayFromUsual(f, x);
  f[R.eventSide] = evidence.side;
  f[R.eventStayed] = 0;
  f[R.eventShift] = 0;
  f[R.eventAbove] = 0;
  f[R.eventBelow] = 0;
  f[R.eventStrength] = strength;
  f[R.eventScatter] = f[at + M.usualMiss]!;
  f[R.watchLeft] = kind === KIND.seasonalBreak ? Math.max(FEWEST_SAME, stepsIn(f, SAME_MS)) : 0;
  if (kind === KIND.flatline) f[R.runTold] = 1;
  // From here on the drift is measured against where it has led.
  if (kind === KIND.trendChange) acceptDrift(f);
}

/** More of the last event: it is open again, under the name `kind`. */
export function reopenEvent(f: Float64Array, kind: number): void {
  f[R.eventKind] = kind;
  f[R.eventAge] = Math.min(f[R.eventAge]!, NAMED);
  f[R.eventCalm] = 0;
  f[R.watchLeft] = 0;
}

const stepsIn = (f: Float64Array, ms: number): number => (f[R.spacingMs]! > 0 ? Math.min(LONGEST_WATCH, ms / f[R.spacingMs]!) : 0);

/** How far the value is from where the model had it without what its last values say. */
function awayFromUsual(f: Float64Array, x: number): number {
  const season = f[P.models + f[R.eventModel]! * MODEL_SIZE + M.season]!;
  return x - (season === season ? season : 0) - f[R.eventOffset]!;
}

/**
 * One more step of the open event: names it anew when it shows that it is more than a spike, moves the level when it has shifted for good,
 * and closes it when the series is as usual. `recent` is the median of the last steps.
 * True when the event has a new name. Source: hysteresis as in ISA-18.2.
 */
export function followEvent(f: Float64Array, x: number, recent: number): boolean {
  const { spread, scatter, season } = evidence;
  const age = ++f[R.eventAge]!;
  const kind = f[R.eventKind]!;
  const scale = Math.max(f[R.scale]!, 1e-12);
  const size = f[R.eventSize]!;
  const surprise = (x - f[R.expected]!) / scale;
  if (surprise > WIDE) f[R.eventAbove]!++;
  else if (surprise < -WIDE) f[R.eventBelow]!++;
  const away = awayFromUsual(f, x);
  if (age <= AFTERMATH) {
    if (away * Math.sign(size) > Math.min(0.5 * Math.abs(size), CALM * scale)) f[R.eventStayed]!++;
    f[R.eventShift] = f[R.eventShift]! + away / AFTERMATH;
  }
  // What a few steps bring as they come and go is no scatter yet.
  if (age === AFTERMATH) f[R.eventAbove] = f[R.eventBelow] = 0;
  const name = isSameAway(f, kind, age, away) ? KIND.levelShift : nameAt(f, age, kind, spread);
  f[R.eventKind] = name;
  if (name === KIND.levelShift && (age === AFTERMATH || age === 2 * AFTERMATH)) {
    moveLevel(f, recent);
    if (age === AFTERMATH) beginWatch(f);
  }
  if (name === KIND.levelShift && kind === KIND.seasonalBreak) moveLevel(f, recent);
  const isStill = name === KIND.flatline && x === f[R.previous];
  if (isStill) f[R.eventAge] = Math.min(age, NAMED);
  const left = !isStill && season < STILL_AWAY && (name !== KIND.varianceChange || scatter < STILL_AWAY);
  f[R.eventCalm] = Math.abs(surprise) < CALM && left ? f[R.eventCalm]! + 1 : 0;
  if (f[R.eventCalm]! >= CALM_STEPS || age >= longestOf(f, name)) {
    f[R.eventKind] = -2 - name;
    f[R.eventEndMs] = f[R.lastMs]!;
    // Days that differ for what has been told are no drift.
    if (name !== KIND.spike && name !== KIND.dip && name !== KIND.gap && name !== KIND.trendChange)
      f[R.driftModel] = name === KIND.levelShift || age >= longestOf(f, name) ? LEVEL_MOVED : -1;
    f[R.restLeft] = REST;
    if (name === KIND.seasonalBreak) f[R.watchLeft] = 0;
    endSpread(f, name === KIND.varianceChange && age >= LONGEST);
    forgetInnovations(f);
    forgetFit(f);
  }
  return name !== kind;
}

/** A season may be gone for two days. */
function longestOf(f: Float64Array, kind: number): number {
  return kind === KIND.seasonalBreak ? Math.max(LONGEST, f[R.spacingMs]! > 0 ? GONE_MS / f[R.spacingMs]! : 0) : LONGEST;
}

function nameAt(f: Float64Array, age: number, kind: number, spread: number): number {
  const sudden = kind === KIND.spike || kind === KIND.dip;
  // What was first seen as scatter is a season that has gone, when the hours show it.
  if (kind === KIND.varianceChange && evidence.misfit >= 1) return KIND.seasonalBreak;
  if (!sudden && kind !== KIND.levelShift) return kind;
  if (age > AFTERMATH) {
    const scattered = f[R.eventAbove]! >= 2 && f[R.eventBelow]! >= 2;
    return age <= NAMED && scattered && spread >= SCATTERED ? KIND.varianceChange : kind;
  }
  if (age < AFTERMATH) return kind;
  const stayed = f[R.eventStayed]!;
  if (stayed >= AFTERMATH - 1) return KIND.levelShift;
  // A sum that was found late: what it summed is over.
  if (kind === KIND.levelShift && stayed <= 2) return f[R.eventSide]! > 0 ? KIND.spike : KIND.dip;
  return kind;
}

/** Whether what was told as a season that has gone has for hours been as far from it as at first. */
function isSameAway(f: Float64Array, kind: number, age: number, away: number): boolean {
  if (kind !== KIND.seasonalBreak || f[R.watchLeft]! <= 0) return false;
  if (age <= AFTERMATH) {
    f[R.watchAway] = f[R.eventShift]!;
    return false;
  }
  const shift = f[R.eventShift]!;
  f[R.watchAway] = f[R.watchAway]! + (away - f[R.watchAway]!) / AFTERMATH;
  f[R.watchLeft] = f[R.watchLeft]! - 1;
  if (Math.abs(f[R.watchAway]! - shift) < Math.max(SAME * f[R.eventUsual]!, SAME_SHARE * Math.abs(shift))) return f[R.watchLeft]! <= 0;
  f[R.watchLeft] = 0;
  return false;
}

/** In a series with a season a level that has moved is watched: when it does not stay where it went, it is the season that has gone. */
function beginWatch(f: Float64Array): void {
  if (f[R.eventModel] === 0) return;
  f[R.watchLeft] = stepsIn(f, WATCH_MS);
  f[R.watchAway] = f[R.eventShift]!;
}

/** One more step of a level that has moved; true when it turns out to be a season that has gone. */
export function watchLevel(f: Float64Array, x: number): boolean {
  if (f[R.watchLeft]! <= 0) return false;
  f[R.watchLeft] = f[R.watchLeft]! - 1;
  const shift = f[R.eventShift]!;
  f[R.watchAway] = f[R.watchAway]! + (awayFromUsual(f, x) - f[R.watchAway]!) / AFTERMATH;
  if (Math.abs(f[R.watchAway]! - shift) < Math.max(WANDERS * f[R.eventUsual]!, LEAVES * Math.abs(shift))) return false;
  f[R.watchLeft] = 0;
  if (f[R.eventKind] === KIND.levelShift) f[R.eventKind] = KIND.seasonalBreak;
  else if (lastEvent(f) === KIND.levelShift) f[R.eventKind] = -2 - KIND.seasonalBreak;
  return true;
}
