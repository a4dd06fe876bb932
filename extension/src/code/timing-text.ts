/** Timings in words, for the end of a line, lenses and hovers. */
import { formatBrief } from "@sightline/shared/format/units";
import type { PlacedTiming } from "./placement.ts";
import type { CodeTiming } from "./timing.ts";

/** From this share of failed calls on, a line is marked as failing. */
const FAILING_RATIO = 0.05;

/** "p95 120 ms · 4.2/s · 0.5% errors". */
export function timingText(timing: CodeTiming): string {
  if (timing.perSecond === 0 || (timing.p95Seconds === null && timing.perSecond === null)) return "no calls for 1 min";
  const parts = [];
  if (timing.p95Seconds !== null) parts.push(`p95 ${formatBrief(timing.p95Seconds, "seconds")}`);
  if (timing.perSecond !== null) parts.push(formatBrief(timing.perSecond, "per_second"));
  if (timing.errorRatio !== null && timing.errorRatio > 0) parts.push(`${formatBrief(timing.errorRatio, "ratio")} errors`);
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
