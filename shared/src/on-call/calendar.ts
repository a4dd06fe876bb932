/** Shifts as an iCalendar document (RFC 5545) that calendars can subscribe to. */
import { encodeUtf8 } from "../encoding/utf8.ts";
import type { Shift } from "./schedule.ts";

const stamp = (ms: number): string =>
  new Date(ms)
    .toISOString()
    .replaceAll(/[-:]/g, "")
    .replace(/\.\d{3}/, "");

/** RFC 5545 §3.3.11. */
const text = (value: string): string =>
  value
    .replaceAll(/[\\;,]/g, (character) => `\\${character}`)
    .replaceAll(/\r?\n/g, "\\n")
    .replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f]/g, "");

/** Lines are folded at 75 octets of UTF-8, never inside a character (§3.1). */
function folded(line: string): string {
  const parts: string[] = [];
  let part = "";
  let octets = 0;
  for (const character of line) {
    const size = encodeUtf8(character).length;
    if (octets + size > 75) {
      parts.push(part);
      // The space that marks a continuation counts.
      part = " ";
      octets = 1;
    }
    part += character;
    octets += size;
  }
  return [...parts, part].join("\r\n");
}

/** `nameOf` gives a user's name for their id. The same shift has the same UID in every export. */
export function shiftCalendar(schedule: string, shifts: readonly Shift[], nameOf: (user: string) => string, nowMs: number): string {
  const events = shifts.flatMap(({ user, source, startMs, endMs }) => [
    "BEGIN:VEVENT",
    `UID:${encodeURIComponent(schedule)}-${encodeURIComponent(user)}-${startMs}@sightline`,
    `DTSTAMP:${stamp(nowMs)}`,
    `DTSTART:${stamp(startMs)}`,
    `DTEND:${stamp(endMs)}`,
    `SUMMARY:${text(`${nameOf(user)} on call: ${schedule}`)}`,
    `DESCRIPTION:${text(source === "override" ? "Standing in (override)" : `By layer ${source}`)}`,
    "TRANSP:TRANSPARENT",
    "END:VEVENT",
  ]);
  const lines = [
    "BEGIN:VCALENDAR",
    "VERSION:2.0",
    "PRODID:-//Sightline//On call//EN",
    "CALSCALE:GREGORIAN",
    "METHOD:PUBLISH",
    `NAME:${text(`On call: ${schedule}`)}`,
    `X-WR-CALNAME:${text(`On call: ${schedule}`)}`,
    "REFRESH-INTERVAL;VALUE=DURATION:PT1H",
    ...events,
    "END:VCALENDAR",
  ];
  return `${lines.map(folded).join("\r\n")}\r\n`;
}
