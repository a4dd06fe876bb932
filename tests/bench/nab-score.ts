/** What alarms are worth by NAB's standard profile, of one series at many thresholds. Source: Lavin & Ahmad 2015, Evaluating Real-Time Anomaly Detection Algorithms. */
import type { LabelledSeries } from "./nab-copies.ts";

const PROBATION = 0.15;
const LONGEST_PROBATION = 750;
const FALSE_ALARM = 0.11;

const sigmoid = (position: number): number => (position > 3 ? -1 : 2 / (1 + Math.exp(5 * position)) - 1);
const EARLIEST = sigmoid(-1);

export interface Worth {
  /** Above that of a detector that never alarms. */
  readonly gained: number;
  /** What a perfect one would gain. */
  readonly possible: number;
  readonly falseAlarms: number;
}

/** A step alarms where its score is `threshold` or more. Windows that end in the first 15% (at most 750 steps) cannot be found, and still count. */
export function worthOf({ windows, values }: LabelledSeries, scores: Float64Array, threshold: number): Worth {
  const first = Math.min(Math.floor(PROBATION * values.length), LONGEST_PROBATION);
  const findable = windows.filter(([, to]) => to >= first);
  const best = new Map<number, number>();
  let falseAlarms = 0;
  let gained = 0;
  let next = 0;
  for (let i = first; i < values.length; i++) {
    while ((windows[next]?.[1] ?? Infinity) < i) next++;
    if ((scores[i] ?? 0) < threshold) continue;
    const window = windows[next];
    if (window !== undefined && i >= window[0]) {
      const early = sigmoid(-(window[1] - i + 1) / (window[1] - window[0] + 1)) / EARLIEST;
      best.set(next, Math.max(best.get(next) ?? -1, early));
      continue;
    }
    const last = windows[next - 1];
    falseAlarms++;
    gained += FALSE_ALARM * (last === undefined ? -1 : sigmoid((i - last[1]) / (last[1] - last[0])));
  }
  for (const early of best.values()) gained += 1 + early;
  return { gained, possible: findable.length + windows.length, falseAlarms };
}
