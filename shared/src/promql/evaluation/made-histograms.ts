/** What native histograms cost, of which one may have thousands of buckets. */
import type { NativeHistogram } from "../../model/histogram.ts";
import type { Pace } from "./pace.ts";
import { bytesOfHistogram } from "./sample-tally.ts";
import { type Column, putHistogram } from "./steps.ts";

/** A bucket of 8 bytes that is read, compared, added or written: 40 ns. */
const BYTE_NS = 5;

/** To go through all that one holds, ns. */
export const workOn = (histogram: NativeHistogram): number => bytesOfHistogram(histogram) * BYTE_NS;

/**
 * Puts what was computed for a step. It is work and held against the query's memory at once, not when its column is whole; the
 * one of the step before is the same histogram. True when it is time to stop. Throws QueryError `limit`.
 */
export function putMade(column: Column, step: number, histogram: NativeHistogram, pace: Pace): boolean {
  putHistogram(column, step, histogram);
  if (column.histograms?.[step - 1] === histogram) return false;
  pace.making(bytesOfHistogram(histogram));
  return pace.spend(workOn(histogram));
}
