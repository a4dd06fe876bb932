/** Timings in words, for the end of a line, lenses and hovers. */
import { formatRate, formatRatio, formatSeconds } from "../format.ts";
import type { PlacedTiming } from "./placement.ts";
import type { CodeTiming } from "./timing.ts";

/** From this share of failed calls on, a line is marked as failing. */
export const FAILING_RATIO = 0.05;

/** "p95 120 ms · 4.2/s · 0.5% errors". */
export function timingText(timing: CodeTiming): string {
  if (timing.perSecond === 0 || (timing.p95Seconds === null && timing.perSecond === null)) return "no calls for 1 min";
  const parts = [];
  if (timing.p95Seconds !== null) parts.push(`p95 ${formatSeconds(timing.p95Seconds)}`);
  if (timing.perSecond !== null) parts.push(formatRate(timing.perSecond));
  if (timing.errorRatio !== null && timing.errorRatio > 0) parts.push(`${formatRatio(timing.errorRatio)} errors`);
  return parts.join(" · ");
}

/** The slowest of the line in full, and how many more there are. */
export function lineText(placed: PlacedTiming): string {
  const [first, ...others] = placed.timings;
  if (first === undefined) return "";
  return others.length === 0 ? timingText(first) : `${timingText(first)} (+${others.length})`;
}

export const isFailing = (placed: PlacedTiming): boolean =>
  placed.timings.some((timing) => timing.errorRatio !== null && timing.errorRatio >= FAILING_RATIO);
