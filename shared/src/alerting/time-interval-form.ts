/** Time intervals as Alertmanager's configuration writes them, both ways. Times of day as `09:00`, `24:00` the day's end. */
import { fail, ok, type Result } from "../model/result.ts";
import type { NumberRange, TimeInterval, TimeIntervalPart } from "./routing.ts";

const WEEKDAYS = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"] as const;
const MONTHS = [
  "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december",
] as const; // prettier-ignore

/** The configuration's own field names. */
export interface TimeIntervalForm {
  readonly name: string;
  readonly time_intervals: readonly TimeIntervalPartForm[];
}

export interface TimeIntervalPartForm {
  readonly times?: readonly { readonly start_time: string; readonly end_time: string }[];
  readonly weekdays?: readonly string[];
  readonly days_of_month?: readonly string[];
  readonly months?: readonly string[];
  readonly years?: readonly string[];
  readonly location?: string;
}

const bad = (message: string): Result<never> => fail("bad_time_interval", message);

function minuteOf(text: string): number | null {
  const match = /^(\d{2}):(\d{2})$/.exec(text);
  const minute = match === null ? Number.NaN : Number(match[1]) * 60 + Number(match[2]);
  return match !== null && Number(match[2]) < 60 && minute <= 1440 ? minute : null;
}

function rangeOf(text: string, read: (word: string) => number | null, least: number, most: number): NumberRange | null {
  const match = /^\s*([^:\s]+)\s*(?::\s*([^:\s]+)\s*)?$/.exec(text.toLowerCase());
  if (match === null) return null;
  const from = read(match[1] ?? "");
  const to = match[2] === undefined ? from : read(match[2]);
  if (from === null || to === null || from < least || to > most || from > most || to < least) return null;
  return { from, to };
}

const integer = (word: string): number | null => (/^-?\d{1,4}$/.test(word) ? Number(word) : null);
const named =
  (names: readonly string[], first: number) =>
  (word: string): number | null => {
    const at = names.indexOf(word);
    return at >= 0 ? at + first : first === 1 ? integer(word) : null;
  };

/** How each list is read: a word, and the least and greatest it may be. */
const LISTS = {
  weekdays: { read: named(WEEKDAYS, 0), least: 0, most: 6, example: "monday:friday" },
  days_of_month: { read: integer, least: -31, most: 31, example: "1:5 or -3:-1" },
  months: { read: named(MONTHS, 1), least: 1, most: 12, example: "january:march or 1:3" },
  years: { read: integer, least: 1970, most: 9999, example: "2026:2027" },
} as const;

function rangesOf(list: keyof typeof LISTS, texts: readonly string[]): Result<readonly NumberRange[]> {
  const { read, least, most, example } = LISTS[list];
  const ranges: NumberRange[] = [];
  for (const text of texts) {
    const range = rangeOf(text, read, least, most);
    const backwards = range !== null && range.from > range.to && !(range.from > 0 && range.to < 0);
    const zeroDay = list === "days_of_month" && range !== null && (range.from === 0 || range.to === 0);
    if (range === null || backwards || zeroDay)
      return bad(`${JSON.stringify(text)} is not a range of ${list.replaceAll("_", " ")}; write it as ${example}.`);
    ranges.push(range);
  }
  return ok(ranges);
}

function isZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}

function partOf(form: TimeIntervalPartForm): Result<TimeIntervalPart> {
  const times: NumberRange[] = [];
  for (const { start_time, end_time } of form.times ?? []) {
    const [from, to] = [minuteOf(start_time), minuteOf(end_time)];
    if (from === null || to === null || from >= to)
      return bad(
        `The times ${start_time} to ${end_time} are none: write 09:00 to 17:00; the end comes after the start, 24:00 at the latest.`,
      );
    times.push({ from, to });
  }
  const location = form.location;
  if (location !== undefined && !isZone(location))
    return bad(`${JSON.stringify(location)} is not an IANA time zone; write it as Europe/Rome.`);
  const weekdays = rangesOf("weekdays", form.weekdays ?? []);
  if (!weekdays.ok) return weekdays;
  const daysOfMonth = rangesOf("days_of_month", form.days_of_month ?? []);
  if (!daysOfMonth.ok) return daysOfMonth;
  const months = rangesOf("months", form.months ?? []);
  if (!months.ok) return months;
  const years = rangesOf("years", form.years ?? []);
  if (!years.ok) return years;
  return ok({
    ...(times.length === 0 ? {} : { times }),
    ...(weekdays.value.length === 0 ? {} : { weekdays: weekdays.value }),
    ...(daysOfMonth.value.length === 0 ? {} : { daysOfMonth: daysOfMonth.value }),
    ...(months.value.length === 0 ? {} : { months: months.value }),
    ...(years.value.length === 0 ? {} : { years: years.value }),
    ...(location === undefined ? {} : { location }),
  });
}

/** Fails with `bad_time_interval`. */
export function parseTimeInterval(form: TimeIntervalForm): Result<TimeInterval> {
  const parts: TimeIntervalPart[] = [];
  for (const each of form.time_intervals) {
    const part = partOf(each);
    if (!part.ok) return bad(`The time interval ${JSON.stringify(form.name)}: ${part.error.message}`);
    parts.push(part.value);
  }
  return ok({ name: form.name, parts });
}

const clock = (minute: number): string => `${String(Math.floor(minute / 60)).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;
const shown = (ranges: readonly NumberRange[], word: (value: number) => string): readonly string[] =>
  ranges.map(({ from, to }) => (from === to ? word(from) : `${word(from)}:${word(to)}`));

function partForm(part: TimeIntervalPart): TimeIntervalPartForm {
  return {
    ...(part.times === undefined ? {} : { times: part.times.map(({ from, to }) => ({ start_time: clock(from), end_time: clock(to) })) }),
    ...(part.weekdays === undefined ? {} : { weekdays: shown(part.weekdays, (day) => WEEKDAYS[day] ?? String(day)) }),
    ...(part.daysOfMonth === undefined ? {} : { days_of_month: shown(part.daysOfMonth, String) }),
    ...(part.months === undefined ? {} : { months: shown(part.months, (month) => MONTHS[month - 1] ?? String(month)) }),
    ...(part.years === undefined ? {} : { years: shown(part.years, String) }),
    ...(part.location === undefined ? {} : { location: part.location }),
  };
}

export const timeIntervalForm = ({ name, parts }: TimeInterval): TimeIntervalForm => ({ name, time_intervals: parts.map(partForm) });
