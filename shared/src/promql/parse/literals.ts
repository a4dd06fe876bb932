/** Numbers and durations as PromQL writes them (Go syntax). */
import { formatFloat } from "../json/float-format.ts";

const DURATION = /^(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/;
const UNIT_MS = [31_536_000_000, 604_800_000, 86_400_000, 3_600_000, 60_000, 1000, 1];

/** `1h30m` in ms; undefined when the text is not a duration. */
export function parseDuration(text: string): number | undefined {
  const parts = DURATION.exec(text);
  if (parts === null || text === "") return undefined;
  let ms = 0;
  for (let unit = 0; unit < UNIT_MS.length; unit++) {
    const digits = parts[unit + 1];
    if (digits !== undefined) ms += Number(digits) * (UNIT_MS[unit] ?? 0);
  }
  return ms;
}

/** Ms as the shortest exact duration, `5400000` → `1h30m`; years, weeks and days only where they divide (model.Duration). */
export function formatDuration(ms: number): string {
  if (ms === 0) return "0s";
  let rest = Math.abs(ms);
  let text = ms < 0 ? "-" : "";
  const units: readonly (readonly [string, number, boolean])[] = [
    ["y", 31_536_000_000, true],
    ["w", 604_800_000, true],
    ["d", 86_400_000, false],
    ["h", 3_600_000, false],
    ["m", 60_000, false],
    ["s", 1000, false],
    ["ms", 1, false],
  ];
  for (const [unit, size, exact] of units) {
    if (exact && rest % size !== 0) continue;
    const amount = Math.floor(rest / size);
    if (amount > 0) text += `${amount}${unit}`;
    rest -= amount * size;
  }
  return text;
}

/** A PromQL number: decimal, hexadecimal, octal (leading 0), Inf, NaN, `_` between digits, or a duration in seconds. */
export function parseNumber(text: string): { readonly value: number; readonly duration: boolean } | undefined {
  const plain = text.toLowerCase();
  const sign = plain.startsWith("-") ? -1 : 1;
  const body = plain.replace(/^[+-]\s*/, "");
  if (body === "inf") return { value: sign * Infinity, duration: false };
  if (body === "nan") return { value: NaN, duration: false };
  const digits = body.replaceAll("_", "");
  if (/^0x[0-9a-f]+$/.test(digits)) return { value: sign * Number(digits), duration: false };
  if (/^0[0-7]+$/.test(digits)) return { value: sign * parseInt(digits, 8), duration: false };
  if (/^(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/.test(digits)) return { value: sign * Number(digits), duration: false };
  const ms = parseDuration(body);
  return ms === undefined ? undefined : { value: (sign * ms) / 1000, duration: true };
}

/** What Go's durations, nanoseconds in 64 bits, hold. */
export const MAX_DURATION_SECONDS = 2 ** 63 / 1e9;

/** A literal's ms: what is below one is cut off, as Prometheus does with its nanoseconds. */
export const wholeMs = (seconds: number): number => Math.trunc(Math.round(seconds * 1e9) / 1e6) + 0;

/** Beyond it an `@` is at no time that a sample could have. */
export const MAX_AT_SECONDS = 9.2e15;

/** A number beyond `MAX_AT_SECONDS` as Go's `%f` prints it. */
export const fixedText = (value: number): string => (Number.isFinite(value) ? `${BigInt(value)}.000000` : formatFloat(value));
