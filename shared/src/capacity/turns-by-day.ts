import type { ResourceKind } from "../model/capacity.ts";
import type { Growth, Saturation } from "./saturation.ts";
import { STOCKS } from "./what-if.ts";

const DAY = 86_400_000;
/** What repeats is known from its second time on. */
const SEEN_TWICE_MS = 2 * DAY;
/** A wave of a day goes on for no longer than it would take at its steepest. */
const LONGEST_RISE_MS = DAY / (2 * Math.PI);

/** Whether what was seen may as well be the time of day: of what follows the work, until two days of it have been seen. */
export const mayTurnByDay = (kind: ResourceKind, seenMs: number): boolean => !STOCKS.includes(kind) && seenMs < SEEN_TWICE_MS;

/** A future in which the rise, or the fall, is the day's and turns round: it is certain only where even that gets there first. */
export function turnedByDay(seen: Saturation): Saturation {
  if (seen.inMs !== null && seen.inMs <= LONGEST_RISE_MS) return seen;
  const { value, lower, upper } = seen.growthPerDay;
  const growthPerDay: Growth = { value, lower: Math.min(lower, 0), upper: Math.max(upper, 0) };
  return { ...seen, upperMs: null, chance: Math.min(seen.chance, 1 / 2), growthPerDay };
}
