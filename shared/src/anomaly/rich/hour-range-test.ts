import { KIND } from "../kind.ts";
import { lastEvent } from "./echo.ts";
import { profileOf, stepFound } from "./drift-name.ts";
import { consider, evidence } from "./evidence.ts";
import { highestAt, lowestAt, placeOf, wasAt } from "./habit.ts";
import { sizeOfMean } from "./held-value.ts";
import { L, P, R, RING } from "./layout.ts";
import { isStep } from "./two-phase-fit.ts";

const HOUR_MS = 3_600_000;
/** Hours after which one is a part of the range: what is found must not become usual meanwhile. */
const DELAY = 12;
/** Hours in the range from which it is known: a day's. */
const FEWEST = 24;
/** Times what an hour differs by from the next, and the root of how many it is from the one half a day ago, that no wandering goes. */
const STEEP = 4;
/** Of the range, within which of its end an hour was as far out as it is again: what comes daily is no leak. */
const DAILY = 0.1;
/** Least range and wandering, in the step's mean absolute errors: of what mostly stands still one burst is no leak. */
const FLOOR = 0.3;
/** After an event, until the first hours behind it are a part of the range: that in which it ends is not kept. */
const REST_MS = 16 * HOUR_MS;
/** Hours whose values show how the series came to where it is. */
const FEWEST_KEPT = 3;

/**
 * A leak, also in a series' first eight days, when nobody knows what its days differ by, and where its beginning was too little to be told: the mean of an
 * hour lies beyond all hours until half a day ago, by as much as these range over and more while they are few, and further from the hour half a day ago than
 * hours wander by themselves, as the hour before does and the same of the day before did not. What went there at once is a level that has moved. Of no number
 * of steps, so that it tells the same at 15 s as at 5 min. `mean`: of `hour`, which is over, `dayBefore`: of that 24 h ago.
 */
export function testHourRange(
  f: Float64Array,
  tMs: number,
  hour: number,
  mean: number,
  dayBefore: number,
  caution: number,
  open: boolean,
): void {
  // Of longer steps hours are missing.
  if (f[R.spacingMs]! > HOUR_MS) return;
  const seen = ++f[L.hours]!;
  if (seen <= DELAY) return;
  const then = f[P.hours + ((hour - DELAY) % 24)]!;
  const before = f[P.hours + ((hour - DELAY - 1) % 24)]!;
  const known = seen - DELAY;
  if (
    known > FEWEST &&
    !open &&
    tMs > f[R.driftToldMs]! &&
    !hasMoved(f, tMs) &&
    !isDaily(f, mean, dayBefore) &&
    !wentThere(f, hour, mean)
  ) {
    const least = FLOOR * f[R.scale]! + sizeOfMean(f, HOUR_MS);
    const wander = Math.max(least, STEEP * Math.sqrt(DELAY) * f[L.apart]!);
    const goesOn = beyond(f, f[P.hours + ((hour + 23) % 24)]!) > 0;
    evidence.hours = goesOn ? Math.min(beyond(f, mean), Math.abs(mean - then) / wander) / caution : 0;
    const jumped = evidence.hours >= 1 && isStep(sinceThen(f, hour), then, mean);
    if (jumped) keepStep(f, hour, then, mean);
    consider(evidence.hours, jumped ? KIND.levelShift : KIND.trendChange);
  }
  f[L.low] = Math.fround(known === 1 ? then : Math.min(f[L.low]!, then));
  f[L.high] = Math.fround(known === 1 ? then : Math.max(f[L.high]!, then));
  if (known > 1) f[L.apart] = Math.fround(f[L.apart]! + (Math.abs(then - before) - f[L.apart]!) / (known - 1));
}

/** How far an hour's mean lies beyond the range of those until half a day ago, in what tells. */
function beyond(f: Float64Array, mean: number): number {
  const range = (1 + (2 * FEWEST) / (f[L.hours]! - DELAY)) * Math.max(FLOOR * f[R.scale]!, f[L.high]! - f[L.low]!, sizeOfMean(f, HOUR_MS));
  return Math.max(mean - f[L.high]!, f[L.low]! - mean) / range;
}

/** The step from `then`, half a day ago, to the `mean` of this hour, for the event that it begins. */
function keepStep(f: Float64Array, hour: number, then: number, mean: number): void {
  const hasSeason = f[R.model] !== 0;
  stepFound.before = then - (hasSeason ? profileOf(f, hour - DELAY) : 0);
  stepFound.by = mean - (hasSeason ? profileOf(f, hour) : 0) - stepFound.before;
}

/** The values of the last half day, or where those are not kept the means of its hours. */
function sinceThen(f: Float64Array, hour: number): Float64Array {
  const perHour = HOUR_MS / f[R.spacingMs]!;
  const clock = f[R.clock]! - 1;
  if (perHour * FEWEST_KEPT > RING) return Float64Array.from({ length: DELAY }, (_, i) => f[P.hours + ((hour + 1 + i + DELAY) % 24)]!);
  const kept = Math.min(RING - 1, Math.ceil(perHour * DELAY));
  return Float64Array.from({ length: kept }, (_, i) => f[P.values + ((clock - kept + i + RING) % RING)]!);
}

/** Whether the same hour of the day before was about as far out as anything until then, to the same side. */
function isDaily(f: Float64Array, mean: number, dayBefore: number): boolean {
  const margin = DAILY * (f[L.high]! - f[L.low]!);
  return mean > f[L.high]! ? dayBefore > f[L.high]! - margin : dayBefore < f[L.low]! + margin;
}

/** Whether the same hour of the day before went as far, whatever was told of it. */
function wentThere(f: Float64Array, hour: number, mean: number): boolean {
  for (let at = (hour - 24) * HOUR_MS; at < (hour - 23) * HOUR_MS; at += HOUR_MS / 4) {
    const [day, k] = placeOf(at);
    if (wasAt(f, k, day) && (mean > f[L.high]! ? highestAt(f, k) >= mean : lowestAt(f, k) <= mean)) return true;
  }
  return false;
}

/** The mean of the hour that was over last, and the range of those until half a day before, where it lies that far beyond; else null. */
export function hourBeyond(f: Float64Array): { readonly mean: number; readonly low: number; readonly high: number } | null {
  if (f[L.hours]! <= FEWEST + DELAY) return null;
  const [mean, low, high] = [f[P.hours + ((f[R.hour]! - 1) % 24)]!, f[L.low]!, f[L.high]!];
  return beyond(f, mean) >= 1 ? { mean, low, high } : null;
}

/** Where a level has been told to move the series is from then on, whatever comes next. */
export function moveHourRange(f: Float64Array, level: number): void {
  if (f[L.hours]! <= DELAY) return;
  f[L.low] = Math.fround(Math.min(f[L.low]!, level));
  f[L.high] = Math.fround(Math.max(f[L.high]!, level));
}

/** Whether the level has moved of late, with an event or a deploy. */
function hasMoved(f: Float64Array, tMs: number): boolean {
  const last = lastEvent(f);
  const moved = last >= 0 && last !== KIND.spike && last !== KIND.dip && tMs - f[R.eventEndMs]! < REST_MS;
  return moved || (f[R.permittedUntilMs]! > 0 && tMs - f[R.permittedUntilMs]! < REST_MS);
}
