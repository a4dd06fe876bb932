import { latest, strangeness } from "../base-detector.ts";
import { SUSPECT, gate } from "../alarm-gate.ts";
import { KIND } from "../kind.ts";
import { D, H, ROW, type Slab } from "../layout.ts";
import { expectEnd, noteFar, strays, takeBack } from "./additive-outlier.ts";
import { evidence, learnTails } from "./evidence.ts";
import { echoOf, goBack, isWatched, lastEvent } from "./echo.ts";
import {
  AFTERMATH,
  beginEvent,
  endEvent,
  followEvent,
  hasGone,
  isAnother,
  isOpen,
  leavesIt,
  mayBegin,
  reopenEvent,
  valueAgo,
  watchLevel,
} from "./event.ts";
import { expect, learnExpectation, missOf, moveLevel, moveOffsets, relearnWeek } from "./expectation.ts";
import { learnMove } from "./held-value.ts";
import { isHabit, learnHabit } from "./habit.ts";
import { acceptLevel, growsWith, isLeaving } from "./level-watch.ts";
import { LEVEL_MOVED, M, MODEL_SIZE, MOVED, P, R, REVISED, RICH_SIZE, RING, UNBROKEN_AT, startTails } from "./layout.ts";
import { strangenessOf } from "./novelty.ts";
import { isOutage, mayBeOutage } from "./outage-test.ts";
import { followGain } from "./season-gain.ts";
import { endSpread, restoreSpread } from "./spread-test.ts";
import { testChange } from "./tests-of-change.ts";
import { beginUntoldShift, endUntoldShift } from "./untold-shift.ts";
import { passSeam } from "./week-seam.ts";
import { widenErrors } from "./wider-errors.ts";

/** A multiple of ring and blocks, twice: where the clock goes round. */
const LAP = 12 * RING;
const DAY_MS = 86_400_000;
const HALF_HOUR_MS = 1_800_000;
const SETTLING_MS = 14_400_000;
/** Steps in which a level that a deploy permits to move does. */
const MOVES = 6;
/** Times as wide as they were, from where on errors about a level that a deploy has moved are held to be that. */
const MUCH_WIDER = 3;
/** Instead of the steps so far, once it has, and as many more as have passed since. */
const HAS_MOVED = 8;
/** Share of a far value's distance that they must have gone for it to be a part of that. */
const WENT = 0.3;
/** Steps without a move, by which a series stands still. */
const STILL_STEPS = 3;
const ANOMALY = 0.5;
/** Times the time between two steps, from which some are missing. */
const HOLE = 1.9;
/** Mean absolute errors between where a series is high and where it is low, from which its scatter may go with that. */
const HEIGHTS = 8;
/** Steps after which what has not come back has stayed. */
const DOUBT_STEPS = 3;

/** Share of a departure that the value itself went. */
const JUMPED = 0.6;

/** Steps of its own after which the rich tier speaks for a series. */
export const RIPE_STEPS = 24;

export function createRichState(): Float64Array {
  const f = new Float64Array(RICH_SIZE);
  f[R.eventKind] = -1;
  f[R.hour] = -1;
  f[R.driftScaleModel] = -1;
  startTails(f);
  return f;
}

/**
 * One step of one series: score in [0, 1]. From 0.5 the tests of change.ts say that it is an anomaly; between 0.3 and 0.5 it is only
 * stranger than what its memories hold (novelty.ts).
 */
export function richStep(f: Float64Array, slab: Slab, row: number, tMs: number, gapMs: number, value: number, zero: number): number {
  const h = row * ROW;
  const raw = strangeness(slab, row, tMs, gapMs, value);
  const n = slab.f32[h + H.steps]! - 1;
  const x = slab.f64[(h >> 1) + D.previous]!;
  const range = slab.f32[h + H.high]! - slab.f32[h + H.low]!;
  const clock = f[R.clock]!;
  f[R.revised] = 0;
  takeBack(f, x);
  passSeam(f, f[R.lastMs]!, tMs);
  f[R.lastMs] = tMs;
  f[R.spacingMs] = slab.f32[h + H.spacingMs]!;
  f[UNBROKEN_AT] = gapMs > HOLE * f[R.spacingMs]! ? 0 : Math.min(RING, f[UNBROKEN_AT]! + 1);
  const own = f[R.steps]!;
  if (own === 0 && standsStill(slab, h, n)) return waits(f, slab.f32, h, raw);
  if (f[R.firstMs] === 0) f[R.firstMs] = tMs;
  f[R.low] = slab.f32[h + H.low]!;
  f[R.high] = slab.f32[h + H.high]!;
  if (own === 0) {
    f[R.runTold] = 0;
    f[R.lowBefore] = f[R.low]!;
    f[R.highBefore] = f[R.high]!;
  }

  expect(f, tMs, x);
  expectEnd(f, x);
  const scale = f[R.scale]!;
  f[P.values + (clock % RING)] = x;
  f[P.innovations + (clock % RING)] = scale > 0 ? missOf(f, x) / scale : 0;
  f[R.clock] = clock + 1 < LAP ? clock + 1 : LAP / 2;
  noteFar(f, x);
  const open = isOpen(f);
  testChange(f, tMs, gapMs, x, zero, 1 + slab.f32[h + H.feedback]!, open);
  const { strength, kind } = evidence;
  // Also where nothing objects: its end may.
  const habit = isHabit(f, tMs, x);
  const strange = strangenessOf(f, tMs, n, range);

  let score = 0;
  if (raw >= 0) {
    // Until it has seen enough by itself, the base tier speaks.
    const ripe = own >= RIPE_STEPS;
    score = gate(slab.f32, h, ripe ? strange : raw, latest.pace, ripe);
    if (ripe) score = Math.min(0.49, score);
    else if (score >= SUSPECT) slab.f32[h + H.lastKind] = latest.kind;
  }
  f[R.lastKind] = latest.kind;
  // Of what leaves a season that has been left the value itself says what it is.
  const newKind = kind !== KIND.seasonalBreak ? kind : x > f[R.expected]! ? KIND.spike : KIND.dip;
  const another = open && isSudden(newKind) && strength >= 1 && !habit && isAnother(f, x) && !isFirstWeekend(f, tMs, newKind, zero);
  if (another && isPermitted(f, tMs, newKind, x)) {
    // What a deploy brings is followed as its own: what was open would hide it.
    endEvent(f, f[R.eventKind]!);
    followDeploy(f);
  } else if (another) {
    learnTails(f, true);
    score = Math.max(score, tell(f, newKind, strength, x));
  } else if (isOutage(f, zero) && !isPermitted(f, tMs, KIND.dip, x)) {
    score = tell(f, KIND.dip, Math.max(1, strength), x);
  } else if (open) {
    if (followEvent(f, x, recentMedian(f, 6), zero)) {
      f[R.revised] = REVISED;
      // It may be over with the step that names it.
      f[R.lastKind] = isOpen(f) ? f[R.eventKind]! : lastEvent(f);
    }
  } else if (strength < 1) {
    learnTails(f, false);
    if (isMoving(f)) followDeploy(f);
  } else if (habit && isSudden(kind)) {
    learnTails(f, true);
    // Nor do the steps after it add up with it.
    f[P.innovations + (clock % RING)] = 0;
  } else if (isPermitted(f, tMs, kind, x)) {
    // What only scatters differently has gone nowhere.
    if (kind !== KIND.varianceChange || isMoving(f)) followDeploy(f);
    // About another level it may scatter by more.
    else if (f[R.moved]! >= HAS_MOVED && evidence.spread >= 1) endSpread(f, true);
  } else if (!isFirstWeekend(f, tMs, kind, zero)) {
    // Where a series comes back from silence, or from where it had gone, says nothing of how far it goes by itself.
    if (kind !== KIND.gap && echoOf(f, kind, x) !== "back") learnTails(f, true);
    score = Math.max(score, tellNew(f, kind, strength, x, zero));
  } else {
    learnTails(f, true);
    if (f[R.doubtLeft]! <= 0) beginDoubt(f, kind, strength, x);
  }
  if (isWatched(f) && f[R.eventAge]! > AFTERMATH && watchLevel(f, x, zero)) {
    f[R.revised] = REVISED;
    f[R.lastKind] = KIND.seasonalBreak;
  }
  if (f[R.doubtLeft]! > 0) {
    if (isOver(f, x)) score = tell(f, f[R.doubtKind]!, f[R.doubtStrength]!, x);
  } else if (f[R.doubtLeft]! < 0) {
    f[R.doubtLeft] = f[R.doubtLeft]! + 1;
    if (!isOpen(f) && goesOn(f, tMs)) {
      f[R.doubtLeft] = 0;
      score = tell(f, hasStepped(f) ? KIND.levelShift : KIND.trendChange, f[R.doubtStrength]!, x);
    }
  }
  // Its errors there are seen some steps later.
  if (f[R.moved]! >= HAS_MOVED && f[R.moved]! < HAS_MOVED + MOVES && ++f[R.moved]! === HAS_MOVED + MOVES)
    widenErrors(f, 2 * MOVES - 1, MUCH_WIDER);
  if (f[R.restLeft]! > 0) f[R.restLeft] = f[R.restLeft]! - 1;
  // Of a value that stands still there is nothing to learn.
  if (f[R.eventKind] !== KIND.flatline) learnExpectation(f, tMs, x, !isOpen(f) && strength < 1);
  followGain(f, tMs, x, strength < 1);
  if (!strays(f)) learnHabit(f, tMs, x);
  // What was in doubt a moment ago, or an outage, is no range: else what creeps on, and the next outage, would always be within it.
  if (!isOpen(f) && f[R.doubtLeft] === 0 && !(isWatched(f) && x <= zero) && !mayBeOutage(f, zero)) {
    f[R.lowBefore] = Math.min(f[R.lowBefore]!, x);
    f[R.highBefore] = Math.max(f[R.highBefore]!, x);
  }
  learnMove(f, x);
  f[R.previous] = x;
  f[R.steps] = own + 1;
  f[R.lastScore] = score;
  return score;
}

/** A series that moves otherwise has stood still since before it came here: what it learned now would be a scatter of nothing. */
function standsStill({ f32 }: Slab, h: number, n: number): boolean {
  return f32[h + H.runLength]! >= STILL_STEPS && f32[h + H.changes]! > 0.5 * n;
}

/** Until it moves the base tier speaks, and tells once that it does not. */
function waits(f: Float64Array, f32: Float32Array, h: number, raw: number): number {
  f[R.lastKind] = latest.kind;
  if (raw < 0) return 0;
  const score = gate(f32, h, raw, latest.pace, false);
  if (score >= SUSPECT) f32[h + H.lastKind] = latest.kind;
  if (score < ANOMALY || latest.kind !== KIND.flatline) return score;
  if (f[R.runTold] === 1) return 0.49;
  f[R.runTold] = 1;
  return score;
}

/** Tells what is no part of the last event. */
function tellNew(f: Float64Array, kind: number, strength: number, x: number, zero: number): number {
  const echo = echoOf(f, kind, x);
  const goesOn = evidence.summed || kind === KIND.levelShift || kind === KIND.seasonalBreak || kind === KIND.trendChange;
  if (echo !== "more" && echo !== "again" && isWatched(f) && (goesOn || (isLeaving(f) && !leavesIt(f, x)))) {
    if (growsWith(f, x, zero)) return 0;
    hasGone(f, x);
    f[R.revised] = REVISED;
    f[R.lastKind] = KIND.seasonalBreak;
  } else if (echo === "back") {
    goBack(f);
    restoreSpread(f);
  } else if (echo === "again") {
    reopenEvent(f, KIND.levelShift);
    // How far it goes is known.
    f[R.eventAge] = AFTERMATH;
  } else if (echo === "more") {
    const last = lastEvent(f);
    const scatters = kind === KIND.varianceChange && (last === KIND.spike || last === KIND.dip);
    reopenEvent(f, scatters ? kind : last);
    if (!scatters) return 0;
    f[R.revised] = REVISED;
    f[R.lastKind] = kind;
  } else if (mayBegin(f, strength, x)) return tell(f, kind, strength, x);
  return 0;
}

function tell(f: Float64Array, kind: number, strength: number, x: number): number {
  beginEvent(f, kind, strength, x);
  f[R.lastKind] = kind;
  return 1 - 0.5 * Math.exp(1 - strength);
}

/** A departure that the first weekend may explain: when it is over in a few steps, it was none. */
function beginDoubt(f: Float64Array, kind: number, strength: number, x: number): void {
  f[R.doubtLeft] = DOUBT_STEPS + 1;
  f[R.doubtKind] = kind;
  f[R.doubtStrength] = strength;
  f[R.doubtSize] = x - f[R.expected]!;
  f[R.doubtAt] = f[R.expected]!;
}

function isOver(f: Float64Array, x: number): boolean {
  const left = f[R.doubtLeft]! - 1;
  f[R.doubtLeft] = left;
  if (left === DOUBT_STEPS) return false;
  const sudden = f[R.doubtKind] === KIND.spike || f[R.doubtKind] === KIND.dip;
  if (sudden && Math.abs(x - f[R.doubtAt]!) < 0.3 * Math.abs(f[R.doubtSize]!)) {
    f[R.doubtLeft] = 0;
    return true;
  }
  if (left === 0) {
    moveOffsets(f, recentMedian(f, DOUBT_STEPS));
    relearnWeek(f, DOUBT_STEPS + 1);
    f[R.doubtLeft] = f[R.spacingMs]! > 0 ? -Math.ceil(DAY_MS / f[R.spacingMs]!) : 0;
  }
  return false;
}

/** Whether what stayed, in doubt, has gone on within a day to where a first weekend would be told as well. */
function goesOn(f: Float64Array, tMs: number): boolean {
  if (f[R.model] === 2 || tMs - f[R.firstMs]! > 8 * DAY_MS || tMs < f[R.driftToldMs]! || knowsWeek(f)) return false;
  return !isNear(f, recentMedian(f, MOVES), 1);
}

/** Whether what has gone on came most of the way from the range before within the last steps: a level that has moved, whatever was in doubt. */
function hasStepped(f: Float64Array): boolean {
  const now = recentMedian(f, MOVES);
  const gone = now > f[R.highBefore]! ? now - f[R.highBefore]! : now - f[R.lowBefore]!;
  for (let k = MOVES; k < 2 * MOVES; k++) if ((now - valueAgo(f, k)) / gone <= JUMPED) return false;
  return true;
}

/** Whether every day of the week has been. */
function knowsWeek(f: Float64Array): boolean {
  const week = P.models + 2 * MODEL_SIZE;
  return f[week + M.season] === f[week + M.season] && f[week + M.seen]! > 0;
}

/** Whether the value is within all that has been before, or no further beyond it than a `share` of it. */
function isNear(f: Float64Array, x: number, share: number): boolean {
  const margin = share * (f[R.highBefore]! - f[R.lowBefore]!);
  return x > f[R.lowBefore]! - margin && x < f[R.highBefore]! + margin;
}

const isSudden = (kind: number): boolean => kind === KIND.spike || kind === KIND.dip || kind === KIND.levelShift;

/** What comes at once after a deploy, and what needs longer to show. */
function isPermitted(f: Float64Array, tMs: number, kind: number, x: number): boolean {
  const left = f[R.permittedUntilMs]! - tMs;
  if (left > 0 && isSudden(kind) && isWhereItWas(f, x)) return true;
  const slow = kind === KIND.levelShift || kind === KIND.seasonalBreak || kind === KIND.varianceChange || kind === KIND.trendChange;
  return left > (slow ? 0 : SETTLING_MS - HALF_HOUR_MS);
}

/** Whether the last steps went about as far from what the model has without them: what has come by and by, if by one far value it is seen. */
function isWhereItWas(f: Float64Array, x: number): boolean {
  const at = P.models + f[R.model]! * MODEL_SIZE;
  const usual = f[at + M.season]! + f[at + M.offset]!;
  const off = x - usual;
  return (recentMedian(f, MOVES) - usual) * Math.sign(off) > WENT * Math.abs(off);
}

const isMoving = (f: Float64Array): boolean => f[R.moved]! > 0 && f[R.moved]! < HAS_MOVED;

/** A deploy may move the level: the new one is learned over the next steps, and told of by the deploy's own report. */
function followDeploy(f: Float64Array): void {
  // Where a level that moved before goes with it says nothing of its season.
  if (isWatched(f)) acceptLevel(f);
  const steps = (isMoving(f) ? f[R.moved]! : 0) + 1;
  f[R.moved] = steps < MOVES ? steps : HAS_MOVED;
  if (steps === 1) beginUntoldShift(f);
  else if (steps === MOVES) {
    f[R.revised] = MOVED;
    endUntoldShift(f, recentMedian(f, steps));
    // The way there is no scatter.
    endSpread(f, false);
  }
  // Two values are no level yet.
  if (steps < 3) return;
  moveLevel(f, recentMedian(f, steps));
  f[R.driftPauseMs] = f[R.lastMs]! + DAY_MS;
}

/** In its first week a series that knows the hours of the day cannot know that some days differ: what stays in range is suspect at most. */
function isFirstWeekend(f: Float64Array, tMs: number, kind: number, zero: number): boolean {
  const age = tMs - f[R.firstMs]!;
  if (f[R.model] === 2 || age < DAY_MS || age > 8 * DAY_MS) return false;
  const x = f[P.values + ((f[R.clock]! - 1) % RING)]!;
  if (kind === KIND.trendChange || kind === KIND.flatline || kind === KIND.gap || evidence.hours === evidence.strength) return false;
  // Once every day of the week has been, it is the week's profile that explains a departure or does not.
  const week = P.models + 2 * MODEL_SIZE;
  if (knowsWeek(f)) return Math.abs(x - f[week + M.season]! - f[week + M.offset]!) < Math.abs(x - f[R.expected]!) / 2;
  // Nor how much it scatters at heights that days differ by.
  if (kind === KIND.varianceChange) return f[R.model] === 1 || f[R.upperAt]! - f[R.lowerAt]! > HEIGHTS * f[R.modelError]!;
  // Nothing at all, of what never was nothing, is out of range however near to it.
  const isNothing = x <= zero && f[R.lowBefore]! > zero;
  if (isSudden(kind) && (isNothing || !isNear(f, x, 0.1)) && hasJumped(f, tMs, x)) return false;
  return isNear(f, x, f[R.model] === 1 || f[R.doubtLeft] !== 0 ? 1 : 0.1);
}

/** Whether the value itself went there within some steps, and not as a day began: what is not where other days went at this time stays where it was. */
function hasJumped(f: Float64Array, tMs: number, x: number): boolean {
  const sinceMidnight = tMs - Math.floor(tMs / DAY_MS) * DAY_MS;
  if (Math.min(sinceMidnight, DAY_MS - sinceMidnight) < HALF_HOUR_MS + DOUBT_STEPS * f[R.spacingMs]!) return false;
  const off = x - f[R.expected]!;
  for (let k = 2; k <= DOUBT_STEPS + 1; k++) {
    const before = valueAgo(f, k - 1);
    if ((x - before) * Math.sign(off) > JUMPED * Math.abs(off) && isNear(f, before, 0)) return true;
  }
  return false;
}

/** A deploy: a moved level is no anomaly for some time. */
export function permitChange(f: Float64Array, tMs: number): void {
  f[R.permittedUntilMs] = tMs + SETTLING_MS;
  f[R.moved] = 0;
  f[R.driftModel] = LEVEL_MOVED;
  f[R.driftPauseMs] = tMs + DAY_MS;
}

function recentMedian(f: Float64Array, steps: number): number {
  const clock = f[R.clock]!;
  const values: number[] = [];
  for (let k = 1; k <= Math.min(steps, clock); k++) values.push(f[P.values + ((clock - k) % RING)]!);
  values.sort((left, right) => left - right);
  const middle = values.length >> 1;
  return values.length % 2 === 1 ? values[middle]! : (values[middle - 1]! + values[middle]!) / 2;
}
