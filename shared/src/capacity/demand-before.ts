import type { TimedValues } from "../forecast/lone-outliers.ts";

/** The mean demand in the step before each of the times (ascending ms); NaN where nothing was asked, or is known. */
export function demandBefore(demand: TimedValues, timestamps: ArrayLike<number>): Float64Array {
  const before = new Float64Array(timestamps.length);
  let at = 0;
  for (let i = 0; i < timestamps.length; i++) {
    const end = timestamps[i] ?? 0;
    const start = i === 0 ? end - ((timestamps[1] ?? end) - end) : (timestamps[i - 1] ?? end);
    let sum = 0;
    let count = 0;
    while (at < demand.timestamps.length && (demand.timestamps[at] ?? Infinity) <= end) {
      const value = demand.values[at] ?? Number.NaN;
      if ((demand.timestamps[at] ?? 0) > start && Number.isFinite(value)) {
        sum += value;
        count++;
      }
      at++;
    }
    before[i] = sum / count;
  }
  return before;
}
