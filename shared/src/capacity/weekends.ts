import { mean, tTestTwoSample } from "simple-statistics";
import type { EvenSteps } from "../trend/even-steps.ts";

const DAY = 86_400_000;
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

/**
 * What growth that rests at weekends (UTC) adds to a straight line, ms to amount, in all a week nothing: of a series of one to three weeks, in which a
 * weekend's end was seen. The rest that has just begun is no end of growth. Null where weekends are like other days.
 * Source: Student 1908, The probable error of a mean (two samples).
 */
export function weekendsOfGrowth({ y, firstMs, stepMs }: Pick<EvenSteps, "y" | "firstMs" | "stepMs">): ((ms: number) => number) | null {
  const lastMs = firstMs + (y.length - 1) * stepMs;
  if (lastMs - firstMs < WEEK || lastMs - firstMs >= WEEKS * WEEK || stepMs > DAY / 2) return null;
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
  if (!workedSince || working.length < FEWEST_WORKING || weekend.length < FEWEST_WEEKEND) return null;
  const t = tTestTwoSample(working, weekend, 0);
  if (t === null || !(Math.abs(t) > LEAST_T)) return null;
  const perDay = (2 * (mean(working) - mean(weekend))) / 7;
  return (ms) => {
    const day = ((((ms - MONDAY) % WEEK) + WEEK) % WEEK) / DAY;
    // Rises from Monday on and falls from Saturday on; nothing on the mean.
    return perDay * ((day <= WORKING_DAYS ? day : (WORKING_DAYS * (7 - day)) / 2) - WORKING_DAYS / 2);
  };
}

/** Saturday or Sunday (UTC). */
export const isWeekend = (ms: number): boolean => [0, 6].includes(new Date(ms).getUTCDay());
