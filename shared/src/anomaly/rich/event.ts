import { KIND } from "../kind.ts";
import { forgetInnovations, moveLevel } from "./expectation.ts";
import { evidence } from "./evidence.ts";
import { R } from "./layout.ts";

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
/** Evidence of a season left that keeps an event open. */
const STILL_AWAY = 0.6;

export const isOpen = (f: Float64Array): boolean => f[R.eventKind]! >= 0;

/** Whether evidence of this strength begins an event: none is open, and the last one is over, or this one is much stronger. */
export function mayBegin(f: Float64Array, strength: number): boolean {
  return !isOpen(f) && (f[R.restLeft]! <= 0 || strength > MUCH_STRONGER * f[R.eventStrength]!);
}

export function beginEvent(f: Float64Array, kind: number, strength: number, x: number): void {
  f[R.eventKind] = kind;
  f[R.eventAge] = 0;
  f[R.eventCalm] = 0;
  f[R.eventValue] = x;
  f[R.eventExpected] = f[R.expected]!;
  f[R.eventStayed] = 0;
  f[R.eventSum] = 0;
  f[R.eventAbove] = 0;
  f[R.eventBelow] = 0;
  f[R.eventLow] = f[R.lowBefore]!;
  f[R.eventHigh] = f[R.highBefore]!;
  f[R.eventStrength] = strength;
  // From here on the drift is measured against where it has led.
  if (kind === KIND.flatline) f[R.runTold] = 1;
  if (kind === KIND.trendChange) f[R.driftModel] = -1;
}

/**
 * One more step of the open event: names it anew when it shows that it is more than a spike, moves the level when it has shifted for good,
 * and closes it when the series is as usual. `recent` is the median of the last steps.
 * True when the event has a new name. Source: hysteresis as in ISA-18.2.
 */
export function followEvent(f: Float64Array, x: number, recent: number): boolean {
  const { spread, season } = evidence;
  const age = ++f[R.eventAge]!;
  const kind = f[R.eventKind]!;
  const expected = f[R.eventExpected]!;
  const scale = Math.max(f[R.scale]!, 1e-12);
  const size = f[R.eventValue]! - expected;
  const surprise = (x - f[R.expected]!) / scale;
  if (surprise > WIDE) f[R.eventAbove]!++;
  else if (surprise < -WIDE) f[R.eventBelow]!++;
  if (age <= AFTERMATH) {
    const away = (x - expected) * Math.sign(size);
    if (away > 0.5 * Math.abs(size) || away > CALM * scale) f[R.eventStayed]!++;
    f[R.eventSum] = f[R.eventSum]! + x;
  }
  const name = nameAt(f, age, kind, spread);
  f[R.eventKind] = name;
  if ((age === AFTERMATH || age === 2 * AFTERMATH) && name === KIND.levelShift) moveLevel(f, recent);
  f[R.eventCalm] = Math.abs(surprise) < CALM && season < STILL_AWAY ? f[R.eventCalm]! + 1 : 0;
  if (f[R.eventCalm]! >= CALM_STEPS || age >= LONGEST) {
    f[R.eventKind] = -1;
    f[R.restLeft] = REST;
    forgetInnovations(f);
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
  if (stayed >= AFTERMATH - 1) return f[R.model]! > 0 && wasInRange(f) ? KIND.seasonalBreak : KIND.levelShift;
  // A sum that was found late: what it summed is over.
  if (kind === KIND.levelShift && stayed <= 1) return f[R.eventValue]! > f[R.eventExpected]! ? KIND.spike : KIND.dip;
  return kind;
}

/** A seasonal series that goes where it has been at another hour. */
function wasInRange(f: Float64Array): boolean {
  const mean = f[R.eventSum]! / AFTERMATH;
  return mean > f[R.eventLow]! && mean < f[R.eventHigh]!;
}
