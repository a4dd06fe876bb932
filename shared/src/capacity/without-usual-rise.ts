import { median, quantile } from "simple-statistics";
import type { TimedValues } from "../forecast/lone-outliers.ts";

const FEWEST = 24;
/** Of the steps, which rise no further between two points. */
const MOSTLY = 0.9;

/**
 * Without a newest value that came sooner than a step after the point before, where it is no higher above that than what is used mostly rises between two
 * points, by its `peaks`: what is filled and emptied within some steps is as high as now at this time of none, and would seem to have risen as never before. The same object else.
 */
export function withoutUsualRise(history: TimedValues, peaks: TimedValues): TimedValues {
  const { timestamps, values } = history;
  const n = timestamps.length;
  if (n < FEWEST) return history;
  const distances = Array.from({ length: n - 2 }, (_, i) => timestamps[i + 1]! - timestamps[i]!);
  if (timestamps[n - 1]! - timestamps[n - 2]! >= median(distances)) return history;
  const rise = values[n - 1]! - values[n - 2]!;
  if (!(rise > 0)) return history;
  const peakAt = new Map(Array.from(peaks.timestamps, (ms, i) => [ms, peaks.values[i]!]));
  const rises = distances.map((_, i) => (peakAt.get(timestamps[i + 1]!) ?? Number.NaN) - values[i]!).filter(Number.isFinite);
  if (rises.length === 0 || rise > quantile(rises, MOSTLY)) return history;
  return { timestamps: Array.from(timestamps).slice(0, -1), values: Array.from(values).slice(0, -1) };
}
