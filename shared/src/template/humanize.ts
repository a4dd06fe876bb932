/** Numbers for people, to the letter as Prometheus's template functions print them (prometheus/template/template.go). */
import { formatValue, sprintf } from "./go-format.ts";

const LARGE = ["k", "M", "G", "T", "P", "E", "Z", "Y"];
const SMALL = ["m", "u", "n", "p", "f", "a", "z", "y"];
const BINARY = ["ki", "Mi", "Gi", "Ti", "Pi", "Ei", "Zi", "Yi"];

const significant = (value: number): string => sprintf("%.4g", [value]);

function scaled(value: number, prefixes: readonly string[], factor: number, enough: (magnitude: number) => boolean): string {
  let rest = value;
  let prefix = "";
  for (const each of prefixes) {
    if (enough(Math.abs(rest))) break;
    prefix = each;
    rest *= factor;
  }
  return significant(rest) + prefix;
}

/** `1.235k`, `12m`. */
export function humanize(value: number): string {
  if (value === 0 || !Number.isFinite(value)) return significant(value);
  if (Math.abs(value) < 1) return scaled(value, SMALL, 1000, (magnitude) => magnitude >= 1);
  return divided(value, LARGE, 1000);
}

/** `1.206ki`. */
export function humanize1024(value: number): string {
  return Math.abs(value) <= 1 || !Number.isFinite(value) ? significant(value) : divided(value, BINARY, 1024);
}

function divided(value: number, prefixes: readonly string[], base: number): string {
  let rest = value;
  let prefix = "";
  for (const each of prefixes) {
    if (Math.abs(rest) < base) break;
    prefix = each;
    rest /= base;
  }
  return significant(rest) + prefix;
}

/** Of a ratio: `12.34%`. */
export const humanizePercentage = (ratio: number): string => `${significant(ratio * 100)}%`;

/** Of seconds: `1d 2h 3m 4s`, `12.3s`, `250ms`. */
export function humanizeDuration(seconds: number): string {
  if (!Number.isFinite(seconds)) return significant(seconds);
  if (seconds === 0) return "0s";
  if (Math.abs(seconds) < 1) return `${scaled(seconds, SMALL, 1000, (magnitude) => magnitude >= 1)}s`;
  const sign = seconds < 0 ? "-" : "";
  const whole = Math.floor(Math.abs(seconds));
  const [d, h, m, s] = [Math.floor(whole / 86_400), Math.floor(whole / 3600) % 24, Math.floor(whole / 60) % 60, whole % 60];
  if (d > 0) return `${sign}${d}d ${h}h ${m}m ${s}s`;
  if (h > 0) return `${sign}${h}h ${m}m ${s}s`;
  if (m > 0) return `${sign}${m}m ${s}s`;
  return `${sign}${significant(Math.abs(seconds))}s`;
}

/** Go keeps times as nanoseconds. Throws Error, in Prometheus's words, for what is beyond them. */
function checkNanoseconds(seconds: number): void {
  if (Math.abs(seconds * 1e9) > 2 ** 63)
    throw new Error(`${formatValue(seconds)} cannot be represented as a nanoseconds timestamp since it overflows int64`);
}

/** Ms of a time in seconds, cut as Prometheus cuts its nanoseconds. Throws Error for what is beyond them. */
export function wholeMs(seconds: number): number {
  checkNanoseconds(seconds);
  return Number(BigInt(Math.trunc(seconds * 1e9)) / 1_000_000n);
}

/** Of seconds since the epoch: `2015-05-12 11:22:33.5 +0000 UTC`. */
export function humanizeTimestamp(seconds: number): string {
  if (!Number.isFinite(seconds)) return significant(seconds);
  const [day = "", time = ""] = new Date(wholeMs(seconds)).toISOString().split("T");
  return `${day} ${time.replace(/\.?0*Z$/, "")} +0000 UTC`;
}
