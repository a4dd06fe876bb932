import type { Expected } from "./continued-levels.ts";
import type { TimedValues } from "./lone-outliers.ts";

/**
 * What a counter without resets counts in the usual distance of its samples, at all of them but the first: how high it stands is how old its process is, and
 * says nothing of how it goes on.
 */
export function increments({ timestamps, values }: TimedValues): TimedValues & { readonly everyMs: number } {
  const times = Array.from(timestamps);
  const known = Array.from(times.keys()).filter((i) => Number.isFinite(values[i]));
  const apart = known.slice(1).map((i, k) => times[i]! - times[known[k]!]!);
  const usual = apart.toSorted((a, b) => a - b)[apart.length >> 1] ?? 1;
  return {
    everyMs: usual,
    timestamps: known.slice(1).map((i) => times[i]!),
    values: known.slice(1).map((i, k) => ((values[i]! - values[known[k]!]!) * usual) / apart[k]!),
  };
}

/** Of their mean, of what is counted seldom or in amounts of very different size. */
const UNEVEN = 0.5;

/** Whether the median of what is counted, which most models go by, is far below its mean. */
export function isUneven(counted: ArrayLike<number>): boolean {
  const sorted = Float64Array.from(counted).sort();
  const mean = sorted.reduce((sum, value) => sum + value / sorted.length, 0);
  return (sorted[sorted.length >> 1] ?? 0) < UNEVEN * mean;
}

/** Sums of all up to each, `each` times. */
export function runningSum(values: Float64Array, each: number): Float64Array {
  let sum = 0;
  return values.map((value) => (sum += each * value));
}

/** What is expected in each step, added up: what is off in one is off in all, as a level is. */
export const addedUp = ({ mean, below80, above80, below95, above95 }: Expected, each: number): Expected => ({
  mean: runningSum(mean, each),
  below80: runningSum(below80, each),
  above80: runningSum(above80, each),
  below95: runningSum(below95, each),
  above95: runningSum(above95, each),
});
