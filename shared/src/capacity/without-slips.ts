import { loneAmong, type TimedValues, without } from "../forecast/lone-outliers.ts";

/** So many values on either side tell where the series stood, but for one: a mean spreads a slip over two. */
const BESIDE = 3;
const FEWEST = 20;

/**
 * Without single values that lie far from what is beside them, farther by much than any other of the series: a probe that failed once says 0
 * of a disk, and every line through it is no more certain than that 0. What is beside counts, since what grows lies far from its middle at both
 * ends. A level that moved lies near what comes after it, and a value at the end stays. The same object where there is none.
 */
export function withoutSlips(series: TimedValues): TimedValues {
  const { timestamps, values } = series;
  const finite = Array.from({ length: Math.min(timestamps.length, values.length) }, (_, i) => i).filter((i) => Number.isFinite(values[i]));
  if (finite.length < FEWEST) return series;
  const known = Float64Array.from(finite, (i) => values[i] ?? 0);
  const far = known.map((value, i) => {
    const beside = [...known.subarray(Math.max(0, i - BESIDE), i), ...known.subarray(i + 1, i + 1 + BESIDE)];
    return beside.map((one) => Math.abs(value - one)).toSorted((a, b) => a - b)[1] ?? 0;
  });
  return without(series, finite, loneAmong(far, true));
}
