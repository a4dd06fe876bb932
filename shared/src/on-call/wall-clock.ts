/**
 * Wall clocks and instants. A wall-clock time that a change of the clocks skips is taken as much later as was skipped,
 * one that comes twice is the first (Temporal's "compatible", which is RFC 5545's).
 */
import * as Instant from "temporal-polyfill/fns/Instant";
import * as PlainDateTime from "temporal-polyfill/fns/PlainDateTime";
import * as ZonedDateTime from "temporal-polyfill/fns/ZonedDateTime";

export type Wall = PlainDateTime.Record;

/** Null when the text is no date and time. */
export function parseWall(text: string): Wall | null {
  const parts = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2})(?::(\d{2}))?$/.exec(text);
  if (parts === null) return null;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts.slice(1).map((part) => Number(part ?? 0));
  try {
    return PlainDateTime.create(year, month, day, hour, minute, second);
  } catch {
    return null;
  }
}

/** Minutes since midnight of `HH:MM`, `24:00` included; null when it is neither. */
export function parseMinutes(text: string): number | null {
  const [, hours, minutes] = /^(\d{2}):(\d{2})$/.exec(text) ?? [];
  const total = Number(hours) * 60 + Number(minutes);
  return Number(minutes) < 60 && total <= 24 * 60 ? total : null;
}

export const instantOf = (wall: Wall, timeZone: string): number => PlainDateTime.toZonedDateTime(wall, timeZone).epochMilliseconds;

export const wallAt = (ms: number, timeZone: string): Wall =>
  ZonedDateTime.toPlainDateTime(Instant.toZonedDateTimeISO(Instant.fromEpochMilliseconds(ms), timeZone));

/** 0 = Sunday. */
export const weekdayOf = (wall: Wall): number => PlainDateTime.dayOfWeek(wall) % 7;

/** The day of `wall`, `days` later, at so many minutes past midnight. */
export const onDay = (wall: Wall, days: number, minutes: number): Wall =>
  PlainDateTime.addMinutes(PlainDateTime.addDays(PlainDateTime.startOfDay(wall), days), minutes);

/** So many hours, days, weeks or months later on the wall clock; the 31st becomes a shorter month's last day. */
export function later(wall: Wall, count: number, unit: "hours" | "days" | "weeks" | "months"): Wall {
  switch (unit) {
    case "hours":
      return PlainDateTime.addHours(wall, count);
    case "days":
      return PlainDateTime.addDays(wall, count);
    case "weeks":
      return PlainDateTime.addWeeks(wall, count);
    case "months":
      return PlainDateTime.addMonths(wall, count);
  }
}

export const daysBetween = (from: Wall, to: Wall): number =>
  Math.round(PlainDateTime.diffDays(PlainDateTime.startOfDay(from), PlainDateTime.startOfDay(to)));
