import type { NativeHistogram } from "../model/histogram.ts";
import { counterIncrease } from "./counter-increase.ts";

/** True when `after` cannot continue `before`: its count fell, or its sender says so. */
export const histogramWasReset = (before: { readonly count: number }, after: NativeHistogram): boolean =>
  after.counterResetHint === "reset" || after.count < before.count;

/** Observations between two cumulative histograms. */
export const histogramCountIncrease = (before: { readonly count: number }, after: NativeHistogram): number =>
  histogramWasReset(before, after) ? after.count : counterIncrease(before.count, after.count);
