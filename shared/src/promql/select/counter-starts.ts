/**
 * When the counting of a sample's counter began, where that is known: `starts[i]` in ms since the epoch beside the time of
 * sample i, 0 for unknown (Prometheus's start timestamps).
 */

/**
 * Whether counting began anew between two samples. A start that is not before its own sample is none, and one that the sample
 * before has, too, is that of one count that goes on, even where a clock put it after that sample (OpenTelemetry, "resets and
 * gaps"). One at the time of the sample before is that of a difference, but only where that sample's own start was one, too: a
 * counter whose start nobody knew is given the time of its first sample (OpenTelemetry, "unknown start time").
 */
export function startedAnew(startBefore: number, beforeMs: number, start: number, nowMs: number): boolean {
  if (start === 0 || start >= nowMs || start === startBefore) return false;
  return start > beforeMs || (start === beforeMs && startBefore !== 0 && startBefore < beforeMs);
}

/** Whether a counter was zero inside a window that begins, open, at `windowMs`: its start lies between that and its first sample. */
export const startsInside = (start: number, windowMs: number, firstMs: number): boolean =>
  start !== 0 && start > windowMs && start < firstMs;
