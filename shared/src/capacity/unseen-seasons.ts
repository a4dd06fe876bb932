import type { ResourceKind } from "../model/capacity.ts";
import type { Saturation } from "./saturation.ts";
import { isWeekend } from "./weekends.ts";
import { STOCKS } from "./what-if.ts";

const DAY = 86_400_000;
const WEEK = 7 * DAY;
/** What repeats is known from its second time on. */
const SEEN_TWICE_MS = 2 * DAY;
/** A wave of a day goes on for no longer than it would take at its steepest; and what has not fallen for so long is none. */
const LONGEST_RISE_MS = DAY / (2 * Math.PI);
const NO_WAVE_MS = 0.75 * DAY;
const WORKING_DAYS = 5 / 7;
/** Times that hours may bring as much as others of the same week, and those by which is seen how uneven they are. */
const AS_MUCH = 6;
const HOURS_MS = DAY / 4;
/** The last hours, and those of another day; and share of the range of the values by which they are higher. */
const LATELY_MS = DAY / 4;
const EARLIER_MS = DAY / 2;
const BEYOND = 0.05;
/** Of the range of the values: what fell so far at once rises and falls. */
const COMES_AND_GOES = 0.5;

/** What was seen of a resource so far. */
export interface SeenSoFar {
  readonly kind: ResourceKind;
  readonly seenMs: number;
  readonly lastMs: number;
  readonly values: Float64Array;
  /** When, ms. */
  readonly times: Float64Array;
  /** Whether its growth may have ended already. */
  readonly mayBeOver: boolean;
}

/** Whether what was seen may as well be the time of day, or how a thing begins: of what follows the work, until two days of it have been seen. */
export const mayTurn = ({ kind, seenMs }: Pick<SeenSoFar, "kind" | "seenMs">): boolean => !STOCKS.includes(kind) && seenMs < SEEN_TWICE_MS;

/**
 * With futures of which nothing can have been seen: a rise that turns with the day or flattens as a cache does once it is warm, and working days that a
 * weekend ends, or begins again after one; and what has risen and stands now, or is back where it was, need not rise again. It is certain only where even those get there: before any day turns, and no later than it has been seen to rise.
 */
export function withUnseenSeasons(alone: Saturation, seen: SeenSoFar): Saturation {
  const { seenMs, lastMs } = seen;
  const { inMs, upperMs, growthPerDay } = alone;
  const { value, lower, upper } = growthPerDay;
  const uncertain = {
    ...alone,
    upperMs: null,
    chance: Math.min(alone.chance, 1 / 2),
    growthPerDay: { value, lower: Math.min(lower, 0), upper: Math.max(upper, 0) },
  };
  if (seen.mayBeOver) return uncertain;
  if (seenMs >= WEEK) return alone;
  if (!STOCKS.includes(seen.kind) && hadWeekend(seen.times) && !risesBeyond(seen)) return uncertain;
  // Of what follows the work a weekend tells nothing once it is over.
  const toldMs = STOCKS.includes(seen.kind) || isWeekend(lastMs) ? seenMs : workedFor(seen);
  if (mayTurn({ ...seen, seenMs: toldMs }))
    return inMs !== null && inMs <= (toldMs > NO_WAVE_MS ? seenMs : Math.min(LONGEST_RISE_MS, seenMs)) && !fallsBack(seen.values)
      ? alone
      : uncertain;
  // The hours of one working day, or none, say little of how much the others bring.
  const times = STOCKS.includes(seen.kind) && workedFor(seen) < SEEN_TWICE_MS ? unevenness(seen) : 1;
  const latest = beyondRise(upperMs, times);
  return {
    ...alone,
    lowerMs: beyondRise(alone.lowerMs, 1 / times),
    upperMs: latest === null ? null : outsideWeekends(lastMs, latest),
    growthPerDay: { value, lower: lower > 0 ? (lower * WORKING_DAYS) / times : lower, upper },
  };
}

/** So many times as long, from when a day may have turned on. */
const beyondRise = (ms: number | null, times: number): number | null =>
  ms === null ? null : ms + (times - 1) * Math.max(0, ms - LONGEST_RISE_MS);

/** How many times as much the most of the hours brought as the fewest did, `AS_MUCH` at most; that of less than a day. */
function unevenness({ times, values, lastMs, seenMs }: SeenSoFar): number {
  if (seenMs < DAY) return AS_MUCH;
  const sums = new Float64Array(Math.floor(seenMs / HOURS_MS));
  const counts = new Float64Array(sums.length);
  for (const [i, value] of values.entries()) {
    const ago = Math.floor((lastMs - times[i]!) / HOURS_MS);
    if (ago >= sums.length) continue;
    sums[ago]! += value;
    counts[ago]!++;
  }
  const means = Array.from(sums, (sum, ago) => sum / counts[ago]!).filter(Number.isFinite);
  const brought = means.slice(1).map((before, ago) => means[ago]! - before);
  const least = Math.min(...brought);
  return least > 0 ? Math.min(AS_MUCH, Math.max(...brought) / least) : AS_MUCH;
}

const hadWeekend = (times: Float64Array): boolean => times.some(isWeekend);

/** How much of the time that was seen lies on no Saturday or Sunday (UTC). */
function workedFor({ seenMs, lastMs }: SeenSoFar): number {
  let worked = 0;
  for (let at = lastMs - seenMs; at < lastMs;) {
    const end = Math.min(lastMs, (Math.floor(at / DAY) + 1) * DAY);
    if (!isWeekend(at)) worked += end - at;
    at = end;
  }
  return worked;
}

/** Whether the last hours were higher than anything before: what goes on Monday where it was on Friday does not grow. */
function risesBeyond({ times, values, lastMs }: SeenSoFar): boolean {
  let [least, most, before, now] = [Infinity, -Infinity, -Infinity, -Infinity];
  for (const [i, value] of values.entries()) {
    const ago = lastMs - (times[i] ?? 0);
    least = Math.min(least, value);
    most = Math.max(most, value);
    if (ago < LATELY_MS) now = Math.max(now, value);
    else if (ago > EARLIER_MS) before = Math.max(before, value);
  }
  return now > before + BEYOND * (most - least);
}

/** Whether it ever fell by half of its range below what it had reached: what is collected bit by bit while it rises is no fall. */
function fallsBack(values: Float64Array): boolean {
  let least = Infinity;
  let most = -Infinity;
  let fall = 0;
  for (const value of values) {
    least = Math.min(least, value);
    most = Math.max(most, value);
    fall = Math.max(fall, most - value);
  }
  return fall >= COMES_AND_GOES * (most - least);
}

/** How long it takes until so many ms have passed that lie on no Saturday or Sunday (UTC). */
function outsideWeekends(fromMs: number, workingMs: number): number {
  let at = fromMs;
  let left = workingMs;
  // Whole weeks at a time; what is left is less than one.
  const weeks = Math.floor(left / (WORKING_DAYS * WEEK));
  at += weeks * WEEK;
  left -= weeks * WORKING_DAYS * WEEK;
  while (left > 0) {
    const midnight = (Math.floor(at / DAY) + 1) * DAY;
    const worked = isWeekend(at) ? 0 : Math.min(left, midnight - at);
    left -= worked;
    at = left > 0 ? midnight : at + worked;
  }
  return at - fromMs;
}
