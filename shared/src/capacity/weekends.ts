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
/** Hours of the day: most of what a working day brings, and what a weekend is told by. */
const MOST_OF_DAY = 18;
const FEWEST_HOURS = 6;

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
  if (stepMs > HOUR) return null;
  const kinds = [true, false].map((isOfWeekend) => {
    const grown = new Float64Array(24);
    const steps = new Float64Array(24);
    for (let i = 1; i < y.length; i++) {
      const ms = firstMs + (i - 1 / 2) * stepMs;
      if (isWeekend(ms) !== isOfWeekend) continue;
      const hour = Math.floor((ms % DAY) / HOUR);
      grown[hour]! += y[i]! - y[i - 1]!;
      steps[hour]!++;
    }
    return grown.map((sum, hour) => (sum / steps[hour]!) * (HOUR / stepMs));
  });
  const [resting = [], working = []] = kinds.map((rates) => Array.from(rates));
  const known = working.filter(Number.isFinite);
  const hours = working.flatMap((rate, hour) => (Number.isFinite(rate - resting[hour]!) ? [hour] : []));
  const sum = (rates: readonly number[]): number => hours.reduce((total, hour) => total + rates[hour]!, 0);
  if (known.length < MOST_OF_DAY || hours.length < FEWEST_HOURS || !(sum(working) > 0)) return null;
  return 24 * mean(known) * (1 - sum(resting) / sum(working));
}

/** Saturday or Sunday (UTC). */
export const isWeekend = (ms: number): boolean => [0, 6].includes(new Date(ms).getUTCDay());
