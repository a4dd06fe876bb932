import type { AnomalyAnswer } from "../model/anomaly.ts";
import { type Labels, METRIC_NAME, seriesKey } from "../model/labels.ts";

/** Each "false alarm" raises a series' thresholds by this factor, each "real" lowers them by the other. */
const FALSE_ALARM = 1.25;
const REAL = 0.9;
/** How much of an answer counts for the other series of the same metric. */
const SIBLINGS = 0.3;
/** Thresholds stay within these factors, whatever is answered. */
const LEAST = 0.7;
const MOST = 3;

/**
 * The share by which answers raise the thresholds of each series, 0.25 by a quarter, -0.1 down by a tenth; 0 without any. Of each anomaly
 * the answer given counts once; taken back, it counts no more. Answers about a series count in full for it, and by a third for its siblings.
 */
export function cautions(answers: readonly AnomalyAnswer[]): (labels: Labels) => number {
  if (answers.length === 0) return () => 0;
  const own = new Map<string, number>();
  const metrics = new Map<string, number>();
  for (const { labels, verdict } of answers) {
    const step = Math.log(verdict === "false_alarm" ? FALSE_ALARM : REAL);
    const key = seriesKey(labels);
    const metric = labels[METRIC_NAME] ?? "";
    own.set(key, (own.get(key) ?? 0) + step);
    metrics.set(metric, (metrics.get(metric) ?? 0) + step);
  }
  return (labels) => {
    const all = metrics.get(labels[METRIC_NAME] ?? "");
    if (all === undefined) return 0;
    const mine = own.get(seriesKey(labels)) ?? 0;
    const factor = Math.exp(mine + SIBLINGS * (all - mine));
    return Number((Math.min(MOST, Math.max(LEAST, factor)) - 1).toFixed(4));
  };
}
