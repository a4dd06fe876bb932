/** Prometheus durations: `1d12h`, `5m`, `500ms`; units descending, each at most once; years of 365 days. */
import { type Result, fail, ok } from "./result.ts";

const UNITS = [
  ["y", 31_536_000_000],
  ["w", 604_800_000],
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1000],
  ["ms", 1],
] as const;

/** As many ns as 63 bits hold, some 292 years. */
const LONGEST_MS = 9_223_372_036_854;

const SHAPE = /^(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/;

/** Milliseconds. Fails with `bad_duration`. */
export function parseDuration(text: string): Result<number> {
  if (text === "0") return ok(0);
  const match = SHAPE.exec(text);
  if (match === null || text === "")
    return fail("bad_duration", `${JSON.stringify(text)} is not a duration; write a number and a unit, such as 30s, 5m or 1h30m.`);
  let ms = 0;
  UNITS.forEach(([, size], i) => (ms += Number(match[i + 1] ?? 0) * size));
  return ms <= LONGEST_MS ? ok(ms) : fail("bad_duration", "duration out of range");
}

/** Milliseconds, rounded, as Prometheus prints them: weeks and years only where nothing remains. */
export function formatDuration(ms: number): string {
  if (ms < 0) return `-${formatDuration(-ms)}`;
  let rest = Math.round(ms);
  if (rest === 0) return "0s";
  let text = "";
  for (const [unit, size] of UNITS) {
    if ((unit === "y" || unit === "w") && rest % size !== 0) continue;
    const count = Math.floor(rest / size);
    if (count > 0) text += `${count}${unit}`;
    rest -= count * size;
  }
  return text;
}

/** For sentences, the two largest units: "2 h 10 min", "3 d", "45 s". */
export function spokenDuration(ms: number): string {
  if (!Number.isFinite(ms)) return "for ever";
  const units = [
    ["d", 86_400_000],
    ["h", 3_600_000],
    ["min", 60_000],
    ["s", 1000],
  ] as const;
  for (let i = 0; i < units.length; i++) {
    const unit = units[i];
    if (unit === undefined || ms < unit[1]) continue;
    const next = units[i + 1];
    const step = next?.[1] ?? unit[1];
    const rounded = Math.round(ms / step) * step;
    const whole = Math.floor(rounded / unit[1]);
    const rest = next === undefined ? 0 : Math.round((rounded - whole * unit[1]) / next[1]);
    return rest > 0 && next !== undefined ? `${whole} ${unit[0]} ${rest} ${next[0]}` : `${whole} ${unit[0]}`;
  }
  return "less than a second";
}
