import { KIND } from "../kind.ts";
import { stepFound } from "./drift-name.ts";
import { acceptDrift } from "./drift-test.ts";
import { goBack } from "./echo.ts";
import { forgetInnovations, moveLevel, moveOffsets, relearnWeek, unlearnBreak } from "./expectation.ts";
import { evidence } from "./evidence.ts";
import { GROWN_AT, LEVEL_MOVED, M, MODEL_SIZE, P, R, RING } from "./layout.ts";
import {
  WATCHED_LEAVES,
  WATCH_MS,
  acceptWhere,
  beginWatch,
  shiftByFactorNow,
  smoothAway,
  staysAway,
  staysWithin,
  stepsIn,
} from "./level-watch.ts";
import { usualBefore } from "./season-scale.ts";
import { forgetFit } from "./season-test.ts";
import { endSpread } from "./spread-test.ts";
import { widenErrors } from "./wider-errors.ts";

/** Steps after the onset in which it shows what an event is. */
export const AFTERMATH = 6;
/** From here on it keeps its name. */
const NAMED = 8 * AFTERMATH;
const CALM_STEPS = 8;
const LONGEST = 288;
const GONE_MS = 172_800_000;
/** Least steps between two events; a stronger one may come sooner. */
const REST = 24;
const MUCH_STRONGER = 1.6;
/** The same of values, and calm steps before it that part one event from the next. */
const MUCH_FURTHER = 2;
const CALM_BEFORE = 1;
/** Shares of a departure that the value itself went, and within which of a season it is back there. */
const LEAPS = 0.6;
const BACK = 0.4;
/** Mean absolute errors within which a step is calm. */
const CALM = 4;
/** Mean absolute errors that are wide of what is expected. */
const WIDE = 2.5;
/** Evidence of a wider spread that is enough for an event's name. */
const SCATTERED = 0.4;
/** How long a season that has been gone is as usual before it is back. */
const BACK_MS = 14_400_000;
/** Evidence of a season left that keeps an event open. */
const STILL_AWAY = 0.6;
/** Share of how far a level went by which its values differ from it on average. */
const STEADY = 0.3;
/** Of steps wide of what is expected, the fewest that are scatter, and their share. */
const FEWEST_WIDE = 6;
const WIDE_SHARE = 0.25;
/** Share of how far it was at first within which a value is back, and how often what scatters has been there or gone again. */
const BACK_SHARE = 0.25;
const OFTEN = 8;
/** Share of how far it was at first from which what has stayed away has. */
const HALF = 0.5;
/** A season that is left by the same distance for so long has not gone: the level has moved. */
const SAME_MS = 36_000_000;
/** Share of the distance within which it is the same. */
const SAME_SHARE = 0.3;
const FEWEST_SAME = 24;

/** How far the value is from where the model had it without what its last values say. */
const awayFromUsual = (f: Float64Array, x: number): number => x - usualBefore(f);

export const isOpen = (f: Float64Array): boolean => f[R.eventKind]! >= 0;

/** Whether evidence of this strength begins an event: none is open, and the last one is over, or this one is much stronger. */
export function mayBegin(f: Float64Array, strength: number, x: number): boolean {
  return !isOpen(f) && (f[R.restLeft]! <= 0 || strength > MUCH_STRONGER * f[R.eventStrength]! || goesFurther(f, x, f[R.eventSize]!));
}

/** Whether a sudden value is another event while one is open: that had calmed down, scatters by less, was silence, or a season that it does not go back to. */
export function isAnother(f: Float64Array, x: number): boolean {
  const kind = f[R.eventKind];
  if (kind === KIND.seasonalBreak && f[R.eventModel] !== 0) return leavesIt(f, x);
  const parts = f[R.eventCalm]! >= CALM_BEFORE || kind === KIND.varianceChange || kind === KIND.gap;
  return parts && goesFurther(f, x, f[R.eventSize]!);
}

/** The value of so many steps before the newest; fewer than RING. */
export const valueAgo = (f: Float64Array, steps: number): number => f[P.values + ((f[R.clock]! - 1 - steps + RING) % RING)]!;
const innovationAgo = (f: Float64Array, steps: number): number => f[P.innovations + ((f[R.clock]! - 1 - steps + RING) % RING)]!;

/** Whether a sudden value is no part of a season that has gone. */
export const leavesIt = (f: Float64Array, x: number): boolean =>
  leapsAway(f, x) && goesFurther(f, x, CALM * Math.sign(x - f[R.expected]!) * f[R.scale]!);

/** Whether the value itself went most of the way to where it is not expected, and not to where its season has it. */
function leapsAway(f: Float64Array, x: number): boolean {
  const miss = x - f[R.expected]!;
  return (x - valueAgo(f, departedAgo(f, miss))) / miss > LEAPS && Math.abs(awayFromUsual(f, x)) > BACK * Math.abs(miss);
}

/** Whether what had left is back at once: the last two values are where the season has them, of which the one before them was further than `far`. */
function leapsBack(f: Float64Array, x: number, far: number): boolean {
  const before = Math.abs(awayFromUsual(f, valueAgo(f, 2)));
  const now = Math.max(Math.abs(awayFromUsual(f, x)), Math.abs(awayFromUsual(f, valueAgo(f, 1))));
  return before > far && now < BACK * before;
}

/** The same of a level that had moved and stayed there, where the value itself came back: a season that has gone crosses where it was, and scatter does. */
const isBack = (f: Float64Array, x: number, zero: number): boolean =>
  isBackBy(f, x, f[R.eventShift]!) || isBackBy(f, x, shiftByFactorNow(f, zero));

function isBackBy(f: Float64Array, x: number, shift: number): boolean {
  const came = (valueAgo(f, 2) - valueAgo(f, 1)) / shift;
  return came > LEAPS && leapsBack(f, x, HALF * Math.abs(shift)) && wasSteady(f, shift);
}

/** Whether the last values before that differ from how far the level went by a share of it only. */
function wasSteady(f: Float64Array, shift: number): boolean {
  const until = Math.min(f[R.eventAge]!, 2 * AFTERMATH);
  let apart = 0;
  for (let k = 2; k <= until; k++) apart += Math.abs(awayFromUsual(f, valueAgo(f, k)) - shift);
  return apart < STEADY * (until - 1) * Math.abs(shift);
}

/** Steps since the one before a departure that goes on: at most some. */
function departedAgo(f: Float64Array, miss: number): number {
  const far = (HALF * Math.abs(miss)) / f[R.scale]!;
  let steps = 1;
  while (steps <= AFTERMATH && innovationAgo(f, steps) * Math.sign(miss) > far) steps++;
  return steps;
}

/**
 * Whether the value is much further from what is expected than the last event went, `size`, and than anything was before it departed. What goes beyond
 * where the series was to the other side is held against what has gone there alone.
 */
function goesFurther(f: Float64Array, x: number, size: number): boolean {
  const miss = x - f[R.expected]!;
  const side = Math.sign(miss);
  // What scatters by now goes to either.
  const other = side * size < 0 && side === evidence.side && evidence.spread < 1 && awayFromUsual(f, x) * side > BACK * Math.abs(miss);
  let most = 0;
  for (let k = departedAgo(f, miss); k < RING; k++)
    most = Math.max(most, other ? side * innovationAgo(f, k) : Math.abs(innovationAgo(f, k)));
  return Math.abs(miss) > MUCH_FURTHER * Math.max(other ? 0 : Math.abs(size), most * f[R.scale]!);
}

export function beginEvent(f: Float64Array, kind: number, strength: number, x: number): void {
  const at = P.models + f[R.model]! * MODEL_SIZE;
  f[R.eventKind] = kind;
  f[R.eventAge] = 0;
  f[R.eventCalm] = 0;
  f[R.eventModel] = f[R.model]!;
  f[R.eventOffset] = f[at + M.offset]!;
  f[GROWN_AT] = 1;
  f[R.eventUsual] = f[at + M.away]!;
  f[R.eventSide] = evidence.side;
  f[R.eventSize] = sizeOf(f, at, kind, x);
  if (kind === KIND.gap) {
    // How it comes back is another thing.
    f[R.eventSize] = 0;
    f[P.innovations + ((f[R.clock]! - 1) % RING)] = 0;
  }
  f[R.eventStayed] = 0;
  f[R.eventShift] = 0;
  f[R.eventAbove] = 0;
  f[R.eventBelow] = 0;
  f[R.eventStrength] = strength;
  f[R.eventScatter] = f[at + M.usualMiss]!;
  f[R.watchLeft] = kind === KIND.seasonalBreak ? stepsSame(f) : 0;
  if (kind === KIND.flatline) f[R.runTold] = 1;
  if (kind === KIND.seasonalBreak) unlearnBreak(f, 0);
  // From here on the drift is measured against where it has led.
  if (kind === KIND.trendChange) acceptDrift(f);
  else if (evidence.drift === strength || evidence.hours === strength) {
    // What means of hours have shown began hours ago, and need not show in the next steps what it is.
    f[R.eventAge] = NAMED;
    if (kind === KIND.levelShift) beginFound(f);
  }
}

/** Of what is told as it ends, the step before. */
function sizeOf(f: Float64Array, at: number, kind: number, x: number): number {
  const away = awayFromUsual(f, x);
  const before = f[at + M.previous]!;
  const ends = (kind === KIND.spike || kind === KIND.dip) && before * f[R.eventSide]! > 0 && Math.abs(before) > Math.abs(away);
  return ends ? before : away;
}

/** More of the last event: it is open again, under the name `kind`. */
export function reopenEvent(f: Float64Array, kind: number): void {
  f[R.eventKind] = kind;
  f[R.eventAge] = Math.min(f[R.eventAge]!, NAMED);
  f[R.eventCalm] = 0;
}

const stepsSame = (f: Float64Array): number => Math.max(FEWEST_SAME, stepsIn(f, SAME_MS));

/** The same of one far value, or from where the series was just before it, if that was on the same side and nearer by half: what had wandered away before has not stayed. */
function awayFromBefore(f: Float64Array, kind: number, age: number, away: number): number {
  if (kind !== KIND.spike && kind !== KIND.dip) return away;
  const before = awayFromUsual(f, middleOf(valueAgo(f, age + 5), valueAgo(f, age + 6), valueAgo(f, age + 7)));
  const share = before / f[R.eventSize]!;
  return share > 0 && share < HALF ? away - before : away;
}

const middleOf = (a: number, b: number, c: number): number => Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));

/**
 * One more step of the open event: names it anew when it shows that it is more than a spike, moves the level when it has shifted for good,
 * and closes it when the series is as usual. `recent` is the median of the last steps.
 * True when the event has a new name. Source: hysteresis as in ISA-18.2.
 */
export function followEvent(f: Float64Array, x: number, recent: number, zero: number): boolean {
  const { spread, scatter, season } = evidence;
  const age = ++f[R.eventAge]!;
  const kind = f[R.eventKind]!;
  const scale = Math.max(f[R.scale]!, 1e-12);
  const size = f[R.eventSize]!;
  const surprise = (x - f[R.expected]!) / scale;
  const away = awayFromUsual(f, x);
  // What scatters in proportion does so about a level that has risen, and is no scatter once that is back, unless it goes beyond it.
  const off = kind === KIND.levelShift ? away / scale : surprise;
  if (off > WIDE) f[R.eventAbove]!++;
  else if (off < -WIDE) f[R.eventBelow]!++;
  if (age <= AFTERMATH) {
    if (awayFromBefore(f, kind, age, away) * Math.sign(size) > Math.min(0.5 * Math.abs(size), CALM * scale)) f[R.eventStayed]!++;
    f[R.eventShift] = f[R.eventShift]! + away / AFTERMATH;
  }
  // What a few steps bring as they come and go is no scatter yet.
  if (age === AFTERMATH) f[R.eventAbove] = f[R.eventBelow] = 0;
  const stayed = isSameAway(f, kind, age, away, zero) || hasStayed(f, kind, age, recent);
  const name = stayed ? KIND.levelShift : nameAt(f, age, kind, spread, recent);
  f[R.eventKind] = name;
  if (name === KIND.levelShift && (age === AFTERMATH || age === 2 * AFTERMATH)) {
    if (age === AFTERMATH) {
      beginWatch(f);
      if (f[R.watchLeft]! > 0) unlearnBreak(f, kind === KIND.levelShift ? 0 : age);
    }
    moveLevel(f, recent);
    if (age === AFTERMATH) relearnWeek(f, AFTERMATH + 1);
    else widenErrors(f, 2 * AFTERMATH);
  }
  if (stayed) moveLevel(f, recent);
  if (name === KIND.seasonalBreak && kind === name && f[R.eventModel] !== 0 && leapsBack(f, x, CALM * scale))
    moveOffsets(f, x - awayFromUsual(f, x));
  const isStill = name === KIND.flatline && x === f[R.previous];
  if (isStill) f[R.eventAge] = Math.min(age, NAMED);
  const back = name !== KIND.seasonalBreak || Math.abs(f[R.watchAway]!) < staysWithin(f, WATCHED_LEAVES);
  const left = !isStill && back && season < STILL_AWAY && (name !== KIND.varianceChange || scatter < STILL_AWAY);
  f[R.eventCalm] = Math.abs(surprise) < CALM && left ? f[R.eventCalm]! + 1 : 0;
  const over = name === KIND.levelShift && age > AFTERMATH && isBack(f, x, zero);
  if (over || f[R.eventCalm]! >= calmOf(f, name) || age >= longestOf(f, name)) endEvent(f, name);
  if (over) goBack(f);
  return name !== kind;
}

/** The event is over, under the name `kind`. */
export function endEvent(f: Float64Array, kind: number): void {
  const isLong = f[R.eventAge]! >= longestOf(f, kind);
  f[R.eventKind] = -2 - kind;
  f[R.eventEndMs] = f[R.lastMs]!;
  // Days that differ for what has been told are no drift.
  if (kind !== KIND.spike && kind !== KIND.dip && kind !== KIND.gap && kind !== KIND.trendChange)
    f[R.driftModel] = kind === KIND.levelShift || kind === KIND.seasonalBreak || isLong ? LEVEL_MOVED : -1;
  f[R.restLeft] = REST;
  if (kind === KIND.seasonalBreak) f[R.watchLeft] = 0;
  endSpread(f, kind === KIND.varianceChange && f[R.eventAge]! >= LONGEST);
  forgetInnovations(f);
  forgetFit(f);
}

/** A season that is gone crosses the one there was; it is back when it stays with it. */
const calmOf = (f: Float64Array, kind: number): number =>
  kind === KIND.seasonalBreak ? Math.max(CALM_STEPS, stepsIn(f, BACK_MS)) : CALM_STEPS;

/** A season may be gone for two days. */
function longestOf(f: Float64Array, kind: number): number {
  return kind === KIND.seasonalBreak ? Math.max(LONGEST, f[R.spacingMs]! > 0 ? GONE_MS / f[R.spacingMs]! : 0) : LONGEST;
}

function nameAt(f: Float64Array, age: number, kind: number, spread: number, recent: number): number {
  const sudden = kind === KIND.spike || kind === KIND.dip;
  // What was first seen as scatter is a season that has gone, when the hours show it.
  if (kind === KIND.varianceChange && evidence.misfit >= 1) return KIND.seasonalBreak;
  if (!sudden && kind !== KIND.levelShift) return kind;
  if (age > AFTERMATH) {
    if (age > NAMED || spread < SCATTERED) return kind;
    const [above, below] = [f[R.eventAbove]!, f[R.eventBelow]!];
    const isWide = (above >= 2 && below >= 2) || (spread >= 1 && above + below >= Math.max(FEWEST_WIDE, WIDE_SHARE * (age - AFTERMATH)));
    // What scatters with its height scatters more about a level that has risen.
    return (isWide && !isStillAway(f, recent)) || comesAndGoes(f, age) ? KIND.varianceChange : kind;
  }
  if (age < AFTERMATH) return kind;
  const stayed = f[R.eventStayed]!;
  if (stayed >= AFTERMATH - 1) return KIND.levelShift;
  // A sum that was found late: what it summed is over.
  if (kind === KIND.levelShift && stayed <= 2) return f[R.eventSide]! > 0 ? KIND.spike : KIND.dip;
  return kind;
}

/** Whether what was told as one far value goes on for too long to be that, to the same side. */
function hasStayed(f: Float64Array, kind: number, age: number, recent: number): boolean {
  return age === NAMED && (kind === KIND.spike || kind === KIND.dip) && isStillAway(f, recent);
}

/** Whether the values since the onset have been where it went and back where they came from again and again: a level that moved is not. */
function comesAndGoes(f: Float64Array, age: number): boolean {
  let [times, side] = [0, 1];
  for (let k = 0; k < age; k++) {
    const share = awayFromUsual(f, valueAgo(f, k)) / f[R.eventSize]!;
    if ((side > 0 && share < BACK_SHARE) || (side < 0 && share > HALF)) {
      side = -side;
      times++;
    }
  }
  return times >= OFTEN;
}

const isStillAway = (f: Float64Array, recent: number): boolean =>
  awayFromUsual(f, recent) * Math.sign(f[R.eventSize]!) > HALF * Math.abs(f[R.eventSize]!);

/** Whether what was told as a season that has gone has for hours been as far from it as at first. */
function isSameAway(f: Float64Array, kind: number, age: number, away: number, zero: number): boolean {
  if (kind !== KIND.seasonalBreak) return false;
  if (age <= AFTERMATH && f[R.watchLeft]! > 0) {
    f[R.watchAway] = f[R.eventShift]!;
    return false;
  }
  f[R.watchLeft] = f[R.watchLeft]! - 1;
  smoothAway(f, away, stepsSame(f));
  if (f[R.watchLeft]! < 0) return false;
  if (staysAway(f, stepsSame(f), SAME_SHARE, zero)) return f[R.watchLeft]! <= 0 && Math.abs(f[R.eventShift]!) > staysWithin(f, 0);
  f[R.watchLeft] = 0;
  return false;
}

/** A level that moved hours ago, as the hours since have shown. */
function beginFound(f: Float64Array): void {
  f[R.eventOffset] = stepFound.before;
  f[R.eventShift] = stepFound.by;
  beginWatch(f);
  const season = f[P.models + f[R.eventModel]! * MODEL_SIZE + M.season]!;
  moveLevel(f, stepFound.before + stepFound.by + season);
}

/** One more step of a level that has moved; true when it turns out to be a season that has gone. */
export function watchLevel(f: Float64Array, x: number, zero: number): boolean {
  f[R.watchLeft] = f[R.watchLeft]! - 1;
  smoothAway(f, awayFromUsual(f, x), stepsIn(f, WATCH_MS));
  if (!isOpen(f) && isBack(f, x, zero)) {
    goBack(f);
    return false;
  }
  if (staysAway(f, stepsIn(f, WATCH_MS), WATCHED_LEAVES, zero)) {
    if (f[R.watchLeft]! <= 0) acceptWhere(f, x, zero);
    return false;
  }
  hasGone(f, x);
  return true;
}

/** A level that moved goes on to somewhere else: it is the season that has gone, is still gone, and is measured from where it was. */
export function hasGone(f: Float64Array, x: number): void {
  f[R.watchLeft] = 0;
  moveOffsets(f, x - awayFromUsual(f, x));
  reopenEvent(f, KIND.seasonalBreak);
}
