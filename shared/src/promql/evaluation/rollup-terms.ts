/** Which rollups a selector can be answered from, by the function that reads it. */
import type { QueryParams, SelectRequest } from "../api.ts";

/** Coarsest first; each is a multiple of the next. */
const TIERS_MS = [3_600_000, 300_000, 60_000] as const;

/** Below this step raw samples are read while there are any. */
const SMALLEST_STEP_MS = 300_000;

/** The reader of a bare instant selector. */
export const INSTANT = "instant";

/** Functions of what buckets keep; the others (changes, deriv, irate, stddev_over_time, …) look at single samples. */
const READERS: ReadonlySet<string> = new Set([
  INSTANT,
  "absent_over_time",
  "avg_over_time",
  "count_over_time",
  "delta",
  "first_over_time",
  "increase",
  "last_over_time",
  "max_over_time",
  "min_over_time",
  "present_over_time",
  "quantile_over_time",
  "rate",
  "sum_over_time",
  "ts_of_first_over_time",
  "ts_of_last_over_time",
]);

/**
 * Buckets are taken whole, so both ends of a window that begins among them move back to multiples of the resolution, by less than one step. A tier
 * is asked for only where the range is a multiple of it: the moved window is then exactly as long.
 */
export function rollupTerms(
  reader: string | undefined,
  stepMs: number,
  rangeMs: number | undefined,
  params: QueryParams,
): Pick<SelectRequest, "maxResolutionMs" | "coarserWhenGone" | "needsSketches"> {
  if (params.rawOnly === true || reader === undefined || !READERS.has(reader)) return {};
  const tier = stepMs < SMALLEST_STEP_MS ? undefined : TIERS_MS.find((ms) => ms <= stepMs && (rangeMs === undefined || rangeMs % ms === 0));
  return {
    ...(tier === undefined ? {} : { maxResolutionMs: tier }),
    coarserWhenGone: true,
    ...(reader === "quantile_over_time" ? { needsSketches: true } : {}),
  };
}
