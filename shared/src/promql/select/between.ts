/** Values between two samples, floats or native histograms, and what lies between them. */
import type { NativeHistogram } from "../../model/histogram.ts";
import { combineHistograms, isCounterReset, scaleHistogram } from "../histogram/arithmetic.ts";
import { isCustom } from "../histogram/buckets.ts";

export type SampleValue = number | NativeHistogram;

/** `b` added to (1) or taken from (-1) `a`; undefined where they are not of one kind. */
export function combine(a: SampleValue, b: SampleValue, factor: 1 | -1): SampleValue | undefined {
  if (typeof a === "number") return typeof b === "number" ? a + factor * b : undefined;
  return typeof b === "number" ? undefined : combineHistograms(a, b, factor)?.histogram;
}

/** Whether a counter began anew between two of its samples. */
export function beganAnew(now: SampleValue, before: SampleValue): boolean {
  if (typeof now === "number" || typeof before === "number") return typeof now === "number" && typeof before === "number" && now < before;
  return isCounterReset(now, before);
}

/**
 * The value at `share` of the way from one sample to the next; through a counter's reset the way starts from 0. Undefined
 * where they are not of one kind.
 */
export function between(before: SampleValue, after: SampleValue, share: number, counter: boolean): SampleValue | undefined {
  if (typeof before === "number" || typeof after === "number") {
    if (typeof before !== "number" || typeof after !== "number") return undefined;
    const from = counter && beganAnew(after, before) ? 0 : before;
    return from + (after - from) * share;
  }
  if (isCustom(before) !== isCustom(after)) return undefined;
  return counter && beganAnew(after, before)
    ? scaleHistogram(after, share)
    : combine(scaleHistogram(before, 1 - share), scaleHistogram(after, share), 1);
}
