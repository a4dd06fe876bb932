import { MAX_TIME } from "../protocol/timestamp-column.ts";

/** Units of a line's time: those of the v2 API (ns, us, ms, s) and of v1 (n, u, ms, s, m, h). */
export type Precision = "ns" | "us" | "ms" | "s" | "m" | "h";

const NAMES: Readonly<Record<string, Precision>> = {
  "": "ns",
  n: "ns",
  ns: "ns",
  u: "us",
  µ: "us",
  us: "us",
  ms: "ms",
  s: "s",
  m: "m",
  h: "h",
};

/** Null for a name that neither API knows; nanoseconds when there is none. */
export const precisionOf = (name: string | null): Precision | null => {
  const key = name ?? "";
  return Object.hasOwn(NAMES, key) ? (NAMES[key] ?? null) : null;
};

const DROPPED_DIGITS: Readonly<Partial<Record<Precision, number>>> = { ns: 6, us: 3 };
const SCALE: Readonly<Partial<Record<Precision, number>>> = { s: 1000, m: 60_000, h: 3_600_000 };

/**
 * Milliseconds of a time written as an integer. Nanoseconds do not fit a double, so digits are cut from the text. Null
 * when it lies thousands of years from now, beyond what a batch can carry.
 */
export function timeInMs(digits: string, precision: Precision): number | null {
  const dropped = DROPPED_DIGITS[precision] ?? 0;
  const kept = dropped === 0 ? digits : digits.slice(0, -dropped);
  const ms = (kept === "" || kept === "-" ? 0 : Number(kept)) * (SCALE[precision] ?? 1);
  return Math.abs(ms) < MAX_TIME ? ms + 0 : null;
}
