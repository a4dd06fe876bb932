/** Whose turn it is: hand-overs are numbered from the layer's start and computed from their number, so nothing drifts. */
import type { Layer, RegularRotation, WeeklyMoment } from "./schedule.ts";
import { type Wall, daysBetween, instantOf, later, onDay, parseMinutes, parseWall, wallAt, weekdayOf } from "./wall-clock.ts";

/** Days of the shortest span of each unit, to guess a hand-over's number from below. */
const UNIT_DAYS = { hours: 1 / 24, days: 1, weeks: 7, months: 31 } as const;

/** A rotation with its texts read. `at(k)`: ms of hand-over `k`; the 0th is where the first user begins. */
export interface Handovers {
  readonly at: (k: number) => number;
  /** A number not far below that of the last hand-over at or before `ms`. */
  readonly guess: (ms: number) => number;
}

function regular(start: Wall, { every, unit }: RegularRotation, timeZone: string): Handovers {
  return {
    at: (k) => instantOf(later(start, k * every, unit), timeZone),
    guess: (ms) => Math.floor(daysBetween(start, wallAt(ms, timeZone)) / (UNIT_DAYS[unit] * every)) - 1,
  };
}

function weekly(start: Wall, moments: readonly WeeklyMoment[], timeZone: string): Handovers {
  const startDay = weekdayOf(start);
  const midnight = instantOf(start, timeZone);
  // Minutes after the midnight before the start, within the first week.
  const offsets = moments
    .map(({ weekday, time }) => ((weekday - startDay + 7) % 7) * 1440 + (parseMinutes(time) ?? 0))
    .toSorted((a, b) => a - b);
  const moment = (index: number): number => {
    const week = Math.floor(index / offsets.length);
    return instantOf(onDay(start, week * 7, offsets[index - week * offsets.length] ?? 0), timeZone);
  };
  // The start itself is the 0th hand-over, those of the week follow it.
  const first = offsets.findIndex((_, index) => moment(index) > midnight);
  const skipped = first === -1 ? offsets.length : first;
  return {
    at: (k) => (k <= 0 ? midnight : moment(k - 1 + skipped)),
    guess: (ms) => Math.floor(daysBetween(start, wallAt(ms, timeZone)) / 7 - 1) * offsets.length - 1,
  };
}

/** Null for a layer whose start does not read as a date and time; such a layer is refused when it is stored. */
export function handoversOf({ start, rotation, timeZone }: Layer): Handovers | null {
  const wall = parseWall(start);
  if (wall === null) return null;
  return "handovers" in rotation ? weekly(wall, rotation.handovers, timeZone) : regular(wall, rotation, timeZone);
}

/** Number of the last hand-over at or before `ms`; -1 before the first. */
export function handoverBefore(handovers: Handovers, ms: number): number {
  if (ms < handovers.at(0)) return -1;
  let k = Math.max(0, handovers.guess(ms));
  while (k > 0 && handovers.at(k) > ms) k--;
  while (handovers.at(k + 1) <= ms) k++;
  return k;
}
