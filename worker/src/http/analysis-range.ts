import { HttpFailure } from "./http-failure.ts";
import type { Parameters } from "./parameters.ts";
import { durationParameter, timeParameter } from "./v1-time.ts";

/** 90 days. */
export const LONGEST_ANALYSIS = 90 * 86_400_000;

/** From `start`, or `window` before `end`. Times in ms. */
export function analysisRange(parameters: Parameters, windowMs: number): { startMs: number; endMs: number } {
  const endMs = timeParameter(parameters, "end", Date.now());
  if (parameters.get("start") !== null && parameters.get("window") !== null)
    throw new HttpFailure("bad_request", "Give start or window, not both.");
  const startMs = timeParameter(parameters, "start", endMs - durationParameter(parameters, "window", windowMs));
  if (startMs >= endMs) throw new HttpFailure("bad_request", "start is not before end; swap them.");
  if (endMs - startMs > LONGEST_ANALYSIS) throw new HttpFailure("limit_exceeded", "The range is longer than 90 days; ask for less.");
  return { startMs, endMs };
}
