import { KIND } from "../kind.ts";
import { acceptDrift } from "./drift-test.ts";
import { forgetInnovations, moveLevel } from "./expectation.ts";
import { evidence } from "./evidence.ts";
import { M, MODEL_SIZE, P, R } from "./layout.ts";
import { forgetFit } from "./season-test.ts";
import { endSpread } from "./spread-test.ts";

/** Steps after the onset in which it shows what an event is. */
const AFTERMATH = 6;
const CALM_STEPS = 8;
const LONGEST = 288;
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
  f[R.watchLeft] = 0;
  if (kind === KIND.flatline) f[R.runTold] = 1;
  // From here on the drift is measured against where it has led.
  if (kind === KIND.trendChange) acceptDrift(f);
}

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
  const name = nameAt(f, age, kind, spread);
  f[R.eventKind] = name;
  if (name === KIND.levelShift && (age === AFTERMATH || age === 2 * AFTERMATH)) {
    moveLevel(f, recent);
    if (age === AFTERMATH) beginWatch(f);
  }
  const left = season < STILL_AWAY && (name !== KIND.varianceChange || scatter < STILL_AWAY);
  f[R.eventCalm] = Math.abs(surprise) < CALM && left ? f[R.eventCalm]! + 1 : 0;
  if (f[R.eventCalm]! >= CALM_STEPS || age >= LONGEST) {
    f[R.eventKind] = -1;
    f[R.restLeft] = REST;
    endSpread(f, name === KIND.varianceChange && age >= LONGEST);
    forgetInnovations(f);
    forgetFit(f);
  }
  return name !== kind;
}

function nameAt(f: Float64Array, age: number, kind: number, spread: number): number {
  const sudden = kind === KIND.spike || kind === KIND.dip;
  if (!sudden && kind !== KIND.levelShift) return kind;
  if (age > AFTERMATH) {
    const scattered = f[R.eventAbove]! >= 2 && f[R.eventBelow]! >= 2;
    return age <= 8 * AFTERMATH && scattered && spread >= SCATTERED ? KIND.varianceChange : kind;
  }
  if (age < AFTERMATH) return kind;
  const stayed = f[R.eventStayed]!;
  if (stayed >= AFTERMATH - 1) return KIND.levelShift;
  // A sum that was found late: what it summed is over.
  if (kind === KIND.levelShift && stayed <= 2) return f[R.eventSide]! > 0 ? KIND.spike : KIND.dip;
  return kind;
}

/** In a series with a season a level that has moved is watched: when it does not stay where it went, it is the season that has gone. */
function beginWatch(f: Float64Array): void {
  if (f[R.eventModel] === 0) return;
  f[R.watchLeft] = Math.min(LONGEST_WATCH, f[R.spacingMs]! > 0 ? WATCH_MS / f[R.spacingMs]! : 0);
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
  return true;
}
