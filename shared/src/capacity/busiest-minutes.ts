import { median, quantile } from "simple-statistics";
import type { TimedValues } from "../forecast/lone-outliers.ts";

/** Of a turn's highest mean: steps no lower are at its height. */
const HIGH = 0.9;
/** Of all steps, which are calm. */
const CALM = 0.25;

/**
 * How high the mean of a step is when the busiest minutes within it are at a limit, by the line from the usual mean and the usual one of `peaks` of calm steps to
 * those at the height of each turn: on its way up and down a step is higher at one end by the way alone. What bursts as high whatever else is done brings no
 * limit nearer. Of what has no season the limit itself.
 */
export function meanWhenBusy(history: TimedValues, peaks: TimedValues, turnMs: number): (limit: number) => number {
  const itself = (limit: number): number => limit;
  if (!(turnMs > 0) || peaks === history) return itself;
  const peakAt = new Map(Array.from(peaks.timestamps, (ms, i) => [ms, peaks.values[i]!]));
  const end = history.timestamps[history.timestamps.length - 1] ?? 0;
  const turnOf = (ms: number): number => Math.floor((end - ms) / turnMs);
  const steps = Array.from(history.timestamps, (ms, i) => ({
    turn: turnOf(ms),
    mean: history.values[i]!,
    peak: peakAt.get(ms) ?? Number.NaN,
  })).filter(({ mean, peak }) => peak >= mean);
  if (steps.length === 0) return itself;
  const heights = new Map<number, number>();
  for (const { turn, mean } of steps) heights.set(turn, Math.max(mean, heights.get(turn) ?? -Infinity));
  const calm = quantile(
    steps.map(({ mean }) => mean),
    CALM,
  );
  const low = usual(steps.filter(({ mean }) => mean <= calm));
  const high = usual(steps.filter(({ turn, mean }) => mean >= HIGH * heights.get(turn)!));
  const slope = (high.peak - low.peak) / (high.mean - low.mean);
  if (!(slope > 0)) return itself;
  return (limit) => Math.min(limit, high.mean + (limit - high.peak) / slope);
}

interface Busy {
  readonly mean: number;
  /** The highest within the step. */
  readonly peak: number;
}

const usual = (steps: readonly Busy[]): Busy => ({
  mean: median(steps.map(({ mean }) => mean)),
  peak: median(steps.map(({ peak }) => peak)),
});
