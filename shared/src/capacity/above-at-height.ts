import { quantile } from "simple-statistics";
import type { TimedValues } from "../forecast/lone-outliers.ts";

/** Of more points the highest is higher by noise alone: what nearly every turn has is its shape. */
const USUALLY = 0.1;

/**
 * By which factor what is used is higher between its points than at any of them, at the height of each turn of its season, by its `peaks`; 1 of what has no season:
 * what is full at one o'clock is not at noon nor at two.
 */
export function aboveAtHeight(history: TimedValues, peaks: TimedValues, turnMs: number): number {
  if (!(turnMs > 0) || peaks === history) return 1;
  const end = history.timestamps[history.timestamps.length - 1] ?? 0;
  // What was seen of less than a turn need not hold its height.
  const turns = Math.max(1, Math.floor((end - (history.timestamps[0] ?? 0)) / turnMs));
  const known = heightsOf(history, end, turnMs);
  const ratios = [...heightsOf(peaks, end, turnMs)].flatMap(([turn, height]) => {
    const seen = known.get(turn) ?? 0;
    return turn < turns && seen > 0 ? [height / seen] : [];
  });
  return ratios.length === 0 ? 1 : Math.max(1, quantile(ratios, USUALLY));
}

/** Of how far the highest between two points is above them, at most what one in four exceeds, of late as before. */
const MOSTLY = 0.75;
const LATELY = 0.25;
/** Points that lie anywhere on what comes and goes between them lie near its top once in so many: what they have reached by themselves is not added again. */
const DOZEN = 12;

/** By how much what is used is higher between its points than at them, of what has no season: three quarters of its `peaks` are no higher, nor of the newest ones, nor beside the highest points about them. */
export function aboveBetweenPoints(history: TimedValues, peaks: TimedValues): number {
  if (peaks === history) return 0;
  const above = aboveHighestOf(1, history, peaks);
  const newest = above.slice(Math.floor((1 - LATELY) * above.length));
  const beside = aboveHighestOf(DOZEN, history, peaks);
  return Math.max(0, Math.min(...[above, newest, beside].map((some) => (some.length === 0 ? 0 : quantile(some, MOSTLY)))));
}

/** By how much the highest of so many `peaks` in a row, or of all where they are fewer, is above the highest of their points. */
function aboveHighestOf(count: number, { timestamps, values }: TimedValues, peaks: TimedValues): number[] {
  const valueAt = new Map(Array.from(timestamps, (ms, i) => [ms, values[i]!]));
  const n = peaks.timestamps.length;
  return Array.from({ length: Math.max(1, Math.floor(n / count)) }, (_, k) => {
    let [between, at] = [-Infinity, -Infinity];
    for (let i = k * count; i < Math.min(n, (k + 1) * count); i++) {
      const value = valueAt.get(peaks.timestamps[i]!) ?? Number.NaN;
      if (!Number.isFinite(peaks.values[i]! - value)) continue;
      between = Math.max(between, peaks.values[i]!);
      at = Math.max(at, value);
    }
    return between - at;
  }).filter(Number.isFinite);
}

/** The highest of each turn, counted back from the end. */
function heightsOf({ timestamps, values }: TimedValues, end: number, turnMs: number): ReadonlyMap<number, number> {
  const heights = new Map<number, number>();
  for (let i = 0; i < timestamps.length; i++) {
    const turn = Math.floor((end - timestamps[i]!) / turnMs);
    const value = values[i]!;
    if (Number.isFinite(value)) heights.set(turn, Math.max(value, heights.get(turn) ?? -Infinity));
  }
  return heights;
}
