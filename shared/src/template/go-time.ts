/** Go's time.Time in templates: layouts by the reference time `Mon Jan 2 15:04:05 MST 2006` (https://pkg.go.dev/time#pkg-constants). */
import { goDuration, secondsOf } from "./go-duration.ts";
import type { GoStruct, GoValue } from "./go-value.ts";
import { isStruct, textOf } from "./go-value.ts";

const MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];
const DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

interface Clock {
  readonly year: number;
  /** 1–12. */
  readonly month: number;
  readonly day: number;
  /** 0 = Sunday. */
  readonly weekday: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly ms: number;
  readonly offsetMinutes: number;
  readonly zone: string;
}

/** Throws Error for a zone that nobody knows. */
function clockOf(ms: number, zone: string): Clock {
  let parts: Readonly<Record<string, string>>;
  try {
    const format = new Intl.DateTimeFormat("en-US", {
      timeZone: zone,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
      timeZoneName: "short",
    });
    parts = Object.fromEntries(format.formatToParts(new Date(ms)).map(({ type, value }) => [type, value]));
  } catch {
    throw new Error(`unknown time zone ${zone}`);
  }
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = ["year", "month", "day", "hour", "minute", "second"].map(
    (name) => Number(parts[name]),
  );
  const asUtc = Date.UTC(year, month - 1, day, hour, minute, second);
  const offsetMinutes = Math.round((asUtc - Math.floor(ms / 1000) * 1000) / 60_000);
  const rest = ((ms % 1000) + 1000) % 1000;
  return {
    year,
    month,
    day,
    weekday: new Date(asUtc).getUTCDay(),
    hour,
    minute,
    second,
    ms: rest,
    offsetMinutes,
    zone: zoneName(parts["timeZoneName"] ?? "", offsetMinutes),
  };
}

/** Where a zone has no abbreviation Go writes its offset. */
const zoneName = (name: string, offset: number): string => (/^GMT[+-]/.test(name) ? offsetText(offset, "") : name);

const two = (value: number): string => String(value).padStart(2, "0");

function offsetText(minutes: number, colon: string): string {
  const size = Math.abs(minutes);
  return `${minutes < 0 ? "-" : "+"}${two(Math.floor(size / 60))}${colon}${two(size % 60)}`;
}

/** Longer pieces first, as Go's own scanner prefers them. */
const PIECE =
  /January|Jan|Monday|Mon|MST|2006|Z07:00|Z0700|-07:00|-0700|-07|002|01|02|03|04|05|06|15|_2|[.,]0+(?!\d)|[.,]9+(?!\d)|PM|pm|1|2|3|4|5/g;

function piece(text: string, at: Clock): string {
  const hour12 = at.hour % 12 === 0 ? 12 : at.hour % 12;
  if (/^[.,]/.test(text)) {
    const digits = `${String(at.ms).padStart(3, "0")}000000`.slice(0, text.length - 1);
    if (text[1] === "0") return text.charAt(0) + digits;
    const trimmed = digits.replace(/0+$/, "");
    return trimmed === "" ? "" : text.charAt(0) + trimmed;
  }
  switch (text) {
    case "January":
      return MONTHS[at.month - 1] ?? "";
    case "Jan":
      return (MONTHS[at.month - 1] ?? "").slice(0, 3);
    case "Monday":
      return DAYS[at.weekday] ?? "";
    case "Mon":
      return (DAYS[at.weekday] ?? "").slice(0, 3);
    case "MST":
      return at.zone;
    case "2006":
      return String(at.year);
    case "06":
      return two(at.year % 100);
    case "01":
      return two(at.month);
    case "1":
      return String(at.month);
    case "02":
      return two(at.day);
    case "_2":
      return String(at.day).padStart(2, " ");
    case "2":
      return String(at.day);
    case "002":
      return String(Math.floor((Date.UTC(at.year, at.month - 1, at.day) - Date.UTC(at.year, 0, 0)) / 86_400_000)).padStart(3, "0");
    case "15":
      return two(at.hour);
    case "03":
      return two(hour12);
    case "3":
      return String(hour12);
    case "04":
      return two(at.minute);
    case "4":
      return String(at.minute);
    case "05":
      return two(at.second);
    case "5":
      return String(at.second);
    case "PM":
      return at.hour >= 12 ? "PM" : "AM";
    case "pm":
      return at.hour >= 12 ? "pm" : "am";
    case "Z07:00":
      return at.offsetMinutes === 0 ? "Z" : offsetText(at.offsetMinutes, ":");
    case "Z0700":
      return at.offsetMinutes === 0 ? "Z" : offsetText(at.offsetMinutes, "");
    case "-07:00":
      return offsetText(at.offsetMinutes, ":");
    case "-0700":
      return offsetText(at.offsetMinutes, "");
    default:
      return offsetText(at.offsetMinutes, "").slice(0, 3);
  }
}

export function formatGoTime(ms: number, layout: string, zone = "UTC"): string {
  const at = clockOf(ms, zone);
  return layout.replace(PIECE, (text) => piece(text, at));
}

/** Go's zero time, which has not come to be. */
const ZERO_MS = -62_135_596_800_000;

/** A time as templates see it; null is Go's zero time. */
export function goTime(given: number | null, zone = "UTC"): GoStruct {
  const ms = given ?? ZERO_MS;
  const format = (layout: string): string => formatGoTime(ms, layout, zone);
  return {
    timeMs: ms,
    Format: (layout) => format(textOf(layout, "a layout")),
    String: () => format("2006-01-02 15:04:05.999999999 -0700 MST"),
    Unix: () => BigInt(Math.floor(ms / 1000)),
    UnixMilli: () => BigInt(ms),
    UnixNano: () => BigInt(ms) * 1_000_000n,
    Add: (duration) => goTime(ms + secondsOf(duration) * 1000, zone),
    Sub: (other) => goDuration((ms - timeOf(other)) / 1000),
    Before: (other) => ms < timeOf(other),
    After: (other) => ms > timeOf(other),
    Equal: (other) => ms === timeOf(other),
    UTC: () => goTime(given),
    Local: () => goTime(given),
    IsZero: () => given === null,
    Year: () => BigInt(format("2006")),
    Day: () => BigInt(format("2")),
    Hour: () => BigInt(Number(format("15"))),
    Minute: () => BigInt(format("4")),
    Weekday: () => format("Monday"),
    Month: () => format("January"),
  };
}

/** Ms since the epoch; throws Error for what is no time. */
export function timeOf(value: GoValue | undefined): number {
  const ms = value !== undefined && value !== null && isStruct(value) ? value["timeMs"] : undefined;
  if (typeof ms !== "number") throw new Error("not a time");
  return ms;
}
