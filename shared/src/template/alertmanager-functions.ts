/** Functions of Alertmanager's notification templates (https://prometheus.io/docs/alerting/latest/notifications/#functions). */
import { joinValues } from "./builtins.ts";
import { goLower, goUpper } from "./go-case.ts";
import { goDuration } from "./go-duration.ts";
import { goTime, formatGoTime, timeOf } from "./go-time.ts";
import type { GoFunctions, GoValue } from "./go-value.ts";
import { isList, isMap, isStruct, numeric, safeHtml, textOf, variadic } from "./go-value.ts";
import { humanize, humanize1024, humanizeDuration, humanizePercentage, humanizeTimestamp } from "./humanize.ts";
import { Patterns } from "./patterns.ts";
import { Room } from "./room.ts";
import { titleCase } from "./title-case.ts";

const text = (value: GoValue | undefined): string => textOf(value, "text");

/** Seconds out of a number, or of what `since` gives. */
function seconds(value: GoValue | undefined): number {
  if (value !== undefined && value !== null && isStruct(value)) return numeric(value["seconds"] ?? null);
  return numeric(value ?? null);
}

function plain(value: GoValue, room: Room): unknown {
  room.take(typeof value === "string" ? value.length : 1);
  if (typeof value === "bigint") return Number(value);
  if (isList(value)) return room.inside(() => value.map((each) => plain(each, room)));
  if (isMap(value)) return room.inside(() => Object.fromEntries([...value].map(([key, each]) => [room.put(key), plain(each, room)])));
  return typeof value === "object" || typeof value === "function" ? null : value;
}

const VARIADIC = variadic({
  stringSlice: (...words) => words.map(text),
  list: (...values) => values,
});

/** For one execution. */
export function alertmanagerFunctions(nowMs: number): GoFunctions {
  const patterns = new Patterns();
  return {
    ...VARIADIC,
    toUpper: (words) => goUpper(text(words)),
    toLower: (words) => goLower(text(words)),
    title: (words) => titleCase(text(words)),
    trimSpace: (words) => text(words).trim(),
    join: (separator, list) => {
      if (list === undefined || !isList(list)) throw new Error("join takes a separator and a list");
      return joinValues(list, text(separator));
    },
    match: (pattern, subject) => patterns.isFound(text(pattern), text(subject)),
    safeHtml: (html) => safeHtml(text(html)),
    safeUrl: (url) => safeHtml(text(url)),
    urlUnescape: (words) => decodeURIComponent(text(words).replaceAll("+", " ")),
    reReplaceAll: (pattern, replacement, subject) => patterns.replaceAll(text(pattern), text(replacement), text(subject)),
    date: (layout, time) => {
      const zone = time !== undefined && time !== null && isStruct(time) ? time["zone"] : undefined;
      return formatGoTime(timeOf(time), text(layout), typeof zone === "string" ? zone : "UTC");
    },
    tz: (zone, time) => {
      const name = text(zone);
      formatGoTime(timeOf(time), "2006", name);
      return { ...goTime(timeOf(time), name), zone: name };
    },
    since: (time) => goDuration((nowMs - timeOf(time)) / 1000),
    humanizeDuration: (value) => humanizeDuration(seconds(value)),
    humanize: (value) => humanize(numeric(value ?? null)),
    humanize1024: (value) => humanize1024(numeric(value ?? null)),
    humanizePercentage: (value) => humanizePercentage(numeric(value ?? null)),
    humanizeTimestamp: (value) => humanizeTimestamp(numeric(value ?? null)),
    toJson: (value) => JSON.stringify(plain(value ?? null, new Room())),
  };
}
