import { type Result, fail, ok } from "@sightline/shared/model/result";
import { readFloat } from "@sightline/shared/template/go-number";

/** Times and durations as Prometheus's HTTP API writes them (web/api/v1 parseTime, parseDuration), with its error wording. */

const RFC3339 = /^(\d{4}-\d{2}-\d{2})[Tt ](?:[01]\d|2[0-3]):\d{2}:\d{2}(?:\.\d+)?(?:[Zz]|[+-]\d{2}:\d{2})$/;
const DURATION = /^(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/;
const UNIT_MS = [31_536_000_000, 604_800_000, 86_400_000, 3_600_000, 60_000, 1000, 1] as const;

/** What Prometheus writes for its smallest and its largest time, which are beyond what RFC 3339 and `Date` can say; ms. */
const EXTREMES = new Map([
  ["-292273086-05-16T16:47:06Z", -9_223_309_901_257_974 * 1000],
  ["292277025-08-18T07:12:54.999999999Z", 9_223_309_901_257_974 * 1000],
]);

/** What Go counts in ns in 63 bits. */
const MAX_DURATION_MS = 2 ** 63 / 1e6;

/** `Date` takes the 30th of February for the 2nd of March. */
function isDay(day: string): boolean {
  const ms = Date.parse(`${day}T00:00:00Z`);
  return Number.isFinite(ms) && new Date(ms).toISOString().startsWith(day);
}

/** Of a parameter that may be absent, which Prometheus names twice. Milliseconds. */
export const parseOptionalTime = (name: string, text: string): Result<number> =>
  parsePrometheusTime(name, text, `invalid time value for '${name}': `);

/** Milliseconds. */
export function parsePrometheusTime(name: string, text: string, before = ""): Result<number> {
  const seconds = readFloat(text);
  if (seconds !== undefined && Number.isFinite(seconds)) {
    // As Go does: the fraction is rounded by itself, half a ms away from zero.
    const fraction = (seconds % 1) * 1000;
    return ok(Math.trunc(seconds) * 1000 + Math.sign(fraction) * Math.round(Math.abs(fraction)));
  }
  const day = RFC3339.exec(text)?.[1];
  if (day !== undefined && isDay(day)) {
    const ms = Date.parse(text);
    if (Number.isFinite(ms)) return ok(ms);
  }
  const extreme = EXTREMES.get(text);
  if (extreme !== undefined) return ok(extreme);
  return fail("bad_data", `invalid parameter ${JSON.stringify(name)}: ${before}cannot parse ${JSON.stringify(text)} to a valid timestamp`);
}

/** Prometheus notation such as `1h30m`, in ms; null when it is none. */
export function durationMs(text: string): number | null {
  const parts = DURATION.exec(text);
  if (parts === null || text === "") return null;
  let ms = 0;
  for (const [index, unit] of UNIT_MS.entries()) ms += Number(parts[index + 1] ?? 0) * unit;
  return ms > MAX_DURATION_MS ? null : ms;
}

/** A float of seconds or Prometheus notation; ms. */
export function parsePrometheusDuration(name: string, text: string): Result<number> {
  const seconds = readFloat(text) ?? Number.NaN;
  if (Math.abs(seconds) * 1e9 > 2 ** 63)
    return fail(
      "bad_data",
      `invalid parameter ${JSON.stringify(name)}: cannot parse ${JSON.stringify(text)} to a valid duration. It overflows int64`,
    );
  if (Number.isFinite(seconds)) return ok(Math.round(seconds * 1000));
  const ms = durationMs(text);
  return ms === null
    ? fail("bad_data", `invalid parameter ${JSON.stringify(name)}: cannot parse ${JSON.stringify(text)} to a valid duration`)
    : ok(ms);
}
