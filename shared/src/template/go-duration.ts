/** Go's time.Duration in templates (https://pkg.go.dev/time#Duration). */
import type { GoStruct, GoValue } from "./go-value.ts";
import { isStruct } from "./go-value.ts";

/** A duration as templates see it; it is kept in whole nanoseconds, as far as a number tells them apart. */
export function goDuration(given: number): GoStruct {
  const ns = Math.trunc(given * 1e9);
  const seconds = ns / 1e9;
  return {
    seconds,
    String: () => durationText(ns),
    Hours: () => seconds / 3600,
    Minutes: () => seconds / 60,
    Seconds: () => seconds,
    Milliseconds: () => whole(ns / 1e6),
    Microseconds: () => whole(ns / 1e3),
    Nanoseconds: () => whole(ns),
  };
}

const whole = (value: number): bigint => BigInt(Math.trunc(value));

/** `1h2m3.5s`, `250ms`, `1.5µs`, `0s`. */
function durationText(ns: number): string {
  if (!Number.isFinite(ns)) return `${ns}`;
  if (ns === 0) return "0s";
  const sign = ns < 0 ? "-" : "";
  const size = BigInt(Math.abs(ns));
  if (size < 1_000n) return `${sign}${size}ns`;
  if (size < 1_000_000n) return `${sign}${decimal(size, 3)}µs`;
  if (size < 1_000_000_000n) return `${sign}${decimal(size, 6)}ms`;
  const minutes = size / 60_000_000_000n;
  const rest = `${decimal(size % 60_000_000_000n, 9)}s`;
  if (minutes === 0n) return sign + rest;
  return minutes < 60n ? `${sign}${minutes}m${rest}` : `${sign}${minutes / 60n}h${minutes % 60n}m${rest}`;
}

/** `size` over ten to the power of `places`, without zeros at the end. */
function decimal(size: bigint, places: number): string {
  const unit = 10n ** BigInt(places);
  const fraction = String(size % unit)
    .padStart(places, "0")
    .replace(/0+$/, "");
  return fraction === "" ? `${size / unit}` : `${size / unit}.${fraction}`;
}

/** Throws Error for what is no duration. */
export function secondsOf(value: GoValue | undefined): number {
  const seconds = value !== undefined && value !== null && isStruct(value) ? value["seconds"] : undefined;
  if (typeof seconds !== "number") throw new Error("not a duration");
  return seconds;
}
