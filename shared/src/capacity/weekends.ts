import { mean, tTestTwoSample } from "simple-statistics";
import type { EvenSteps } from "../trend/even-steps.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const WEEK = 7 * DAY;
/** The first Monday (UTC) after 1970 began. */
const MONDAY = 4 * DAY;
const WORKING_DAYS = 5;
/** From three on a week is found as what repeats. */
const WEEKS = 3;
const FEWEST_WORKING = 4;
const FEWEST_WEEKEND = 2;
/** Student's t from which working days and weekends differ. */
const LEAST_T = 3;
/** Of a working day, and of those hours of a weekend's: in what is read by less than a quarter of a day. */
const LEAST_KNOWN_MS = DAY / 2;
const LEAST_BOTH_MS = DAY / 4;

/** What growth that rests at weekends (UTC) adds to a straight line, ms to amount, in all a week nothing. */
export type RestsAtWeekends = (ms: number) => number;

export interface WeekendsOfGrowth {
  readonly at: RestsAtWeekends;
  /** Or it may as well have ended, or begun, when the weekend did. */
  readonly isKnown: boolean;
}

type Steps = Pick<EvenSteps, "y" | "firstMs" | "stepMs">;

/**
 * Of a series of less than three weeks, how weekends are unlike working days: known once a week and a working day after a weekend were seen, by whole days. The
 * rest that has just begun is no end of growth. Null where they are like other days, or nothing tells.
 * Source: Student 1908, The probable error of a mean (two samples).
 */
export function weekendsOfGrowth(even: Steps): WeekendsOfGrowth | null {
  const { y, firstMs, stepMs } = even;
  const lastMs = firstMs + (y.length - 1) * stepMs;
  if (lastMs - firstMs >= WEEKS * WEEK || stepMs > DAY / 2) return null;
  const valueAt = (ms: number): number => {
    const position = (ms - firstMs) / stepMs;
    const i = Math.min(y.length - 2, Math.floor(position));
    return y[i]! + (position - i) * (y[i + 1]! - y[i]!);
  };
  const working: number[] = [];
  const weekend: number[] = [];
  let workedSince = false;
  for (let midnight = Math.ceil(firstMs / DAY) * DAY; midnight + DAY <= lastMs; midnight += DAY) {
    const grown = valueAt(midnight + DAY) - valueAt(midnight);
    if (isWeekend(midnight)) weekend.push(grown);
    else working.push(grown);
    workedSince ||= weekend.length > 0 && !isWeekend(midnight);
  }
  const isKnown = lastMs - firstMs >= WEEK && workedSince && working.length >= FEWEST_WORKING && weekend.length >= FEWEST_WEEKEND;
  if (!isKnown) {
    const more = moreSoFar(even);
    return more === null ? null : { at: restingBy(more), isKnown };
  }
  const t = tTestTwoSample(working, weekend, 0);
  return t !== null && Math.abs(t) > LEAST_T ? { at: restingBy(mean(working) - mean(weekend)), isKnown } : null;
}

/** Of a week whose working days bring so much more than its other days. */
function restingBy(more: number): RestsAtWeekends {
  const perDay = (2 * more) / 7;
  return (ms) => {
    const day = ((((ms - MONDAY) % WEEK) + WEEK) % WEEK) / DAY;
    // Rises from Monday on and falls from Saturday on; nothing on the mean.
    return perDay * ((day <= WORKING_DAYS ? day : (WORKING_DAYS * (7 - day)) / 2) - WORKING_DAYS / 2);
  };
}

/** How much more a working day brings than one of a weekend that has just begun or ended, by the hours that were seen of both. Null where too few were. */
function moreSoFar({ y, firstMs, stepMs }: Steps): number | null {
  const partMs = Math.ceil(stepMs / HOUR) * HOUR;
  if (partMs > LEAST_BOTH_MS) return null;
  const parts = Math.ceil(DAY / partMs);
  const ratesOf = (isOfWeekend: boolean): readonly number[] => {
    const grown = new Float64Array(parts);
    const steps = new Float64Array(parts);
    for (let i = 1; i < y.length; i++) {
      const ms = firstMs + (i - 1 / 2) * stepMs;
      if (isWeekend(ms) !== isOfWeekend) continue;
      const part = Math.floor((ms % DAY) / partMs);
      grown[part]! += y[i]! - y[i - 1]!;
      steps[part]!++;
    }
    return Array.from(grown, (sum, part) => sum / steps[part]! / stepMs);
  };
  const [working, resting] = [ratesOf(false), ratesOf(true)];
  const known = working.filter(Number.isFinite);
  const both = Array.from(working.keys()).filter((part) => Number.isFinite(working[part]! - resting[part]!));
  const sum = (rates: readonly number[]): number => both.reduce((total, part) => total + rates[part]!, 0);
  if (known.length * partMs < LEAST_KNOWN_MS || both.length * partMs < LEAST_BOTH_MS || !(sum(working) > 0)) return null;
  const more = DAY * mean(known) * (1 - sum(resting) / sum(working));
  return Math.abs(more) > LEAST_T * noiseOfMore({ y, firstMs, stepMs }) ? more : null;
}

/** How far `moreSoFar` may be off by what comes and goes from step to step alone: each stretch of either kind ends on it. */
function noiseOfMore({ y, firstMs, stepMs }: Steps): number {
  let bends = 0;
  for (let i = 1; i + 1 < y.length; i++) bends += (y[i + 1]! - 2 * y[i]! + y[i - 1]!) ** 2;
  // The variance of what bends by three values of noise is six times theirs.
  const variance = bends / (6 * (y.length - 2));
  const stretches = [0, 0];
  const steps = [0, 0];
  for (let i = 1, before = -1; i < y.length; i++) {
    const kind = isWeekend(firstMs + (i - 1 / 2) * stepMs) ? 1 : 0;
    if (kind !== before) stretches[kind]!++;
    steps[kind]!++;
    before = kind;
  }
  return (DAY / stepMs) * Math.sqrt(2 * variance * (stretches[0]! / steps[0]! ** 2 + stretches[1]! / steps[1]! ** 2));
}

/** Saturday or Sunday (UTC). */
export const isWeekend = (ms: number): boolean => [0, 6].includes(new Date(ms).getUTCDay());
