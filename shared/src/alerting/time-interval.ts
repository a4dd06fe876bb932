/** When a time interval holds, by the clock on the wall of its zone (Alertmanager's timeinterval package). */
import { Temporal } from "temporal-polyfill";
import type { NumberRange, TimeInterval, TimeIntervalPart } from "./routing.ts";

const inRanges = (ranges: readonly NumberRange[] | undefined, value: number): boolean =>
  ranges === undefined || ranges.length === 0 || ranges.some(({ from, to }) => value >= from && value <= to);

const wallClock = (part: TimeIntervalPart, nowMs: number): Temporal.ZonedDateTime =>
  Temporal.Instant.fromEpochMilliseconds(nowMs).toZonedDateTimeISO(part.location ?? "UTC");

/** Days that a month does not have are cut off at its end; a range that lies beyond it altogether holds no day. */
function inDaysOfMonth(ranges: readonly NumberRange[] | undefined, day: number, length: number): boolean {
  if (ranges === undefined || ranges.length === 0) return true;
  return ranges.some(({ from, to }) => {
    const first = from < 0 ? Math.max(1, length + from + 1) : from;
    const last = to < 0 ? length + to + 1 : Math.min(to, length);
    return day >= first && day <= last;
  });
}

function partHolds(part: TimeIntervalPart, nowMs: number): boolean {
  const at = wallClock(part, nowMs);
  const minute = at.hour * 60 + at.minute;
  const { times } = part;
  if (times !== undefined && times.length > 0 && !times.some(({ from, to }) => minute >= from && minute < to)) return false;
  return (
    inRanges(part.weekdays, at.dayOfWeek % 7) &&
    inDaysOfMonth(part.daysOfMonth, at.day, at.daysInMonth) &&
    inRanges(part.months, at.month) &&
    inRanges(part.years, at.year)
  );
}

export const intervalHolds = (interval: Pick<TimeInterval, "parts">, nowMs: number): boolean =>
  interval.parts.some((part) => partHolds(part, nowMs));

/** The first moment after `nowMs` at which `intervalHolds` may answer differently, ms; at most a day and an hour away. */
export function nextBoundary(interval: Pick<TimeInterval, "parts">, nowMs: number): number {
  let next = Number.POSITIVE_INFINITY;
  for (const part of interval.parts) {
    const now = wallClock(part, nowMs);
    const midnight = now.startOfDay();
    const minutes = (part.times ?? []).flatMap(({ from, to }) => [from, to]);
    const moments = [
      midnight.add({ days: 1 }),
      ...minutes
        .filter((minute) => minute < 1440)
        .map((minute) => now.withPlainTime({ hour: Math.floor(minute / 60), minute: minute % 60 })),
      // The wall clock jumps there, so that minutes of the day come and go between the boundaries.
      now.getTimeZoneTransition("next"),
    ];
    for (const moment of moments) {
      if (moment !== null && moment.epochMilliseconds > nowMs) next = Math.min(next, moment.epochMilliseconds);
    }
  }
  return Math.min(next, nowMs + 25 * 3_600_000);
}
