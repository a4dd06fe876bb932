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
 * the answer given counts once; taken back, it counts no more. Answers about a series count in full for it, and by a third for its siblings, for
 * these once of all that one person said at once: that is of one event, on however many series.
 */
export function cautions(answers: readonly AnomalyAnswer[]): (labels: Labels) => number {
  if (answers.length === 0) return () => 0;
  const own = new Map<string, number>();
  const metrics = new Map<string, number>();
  /** Of what metrics were told, the part that a series was spoken of in itself. */
  const inOwn = new Map<string, number>();
  const add = (sums: Map<string, number>, key: string, step: number): unknown => sums.set(key, (sums.get(key) ?? 0) + step);
  const told = new Set<string>();
  const once = (saying: string): boolean => !told.has(saying) && told.add(saying).has(saying);
  for (const { labels, verdict, at, by } of answers) {
    const step = Math.log(verdict === "false_alarm" ? FALSE_ALARM : REAL);
    const [key, metric] = [seriesKey(labels), labels[METRIC_NAME] ?? ""];
    add(own, key, step);
    if (once(JSON.stringify([at, by, metric]))) add(metrics, metric, step);
    if (once(JSON.stringify([at, by, metric, key]))) add(inOwn, key, step);
  }
  return (labels) => {
    const all = metrics.get(labels[METRIC_NAME] ?? "");
    if (all === undefined) return 0;
    const key = seriesKey(labels);
    const factor = Math.exp((own.get(key) ?? 0) + SIBLINGS * (all - (inOwn.get(key) ?? 0)));
    return Number((Math.min(MOST, Math.max(LEAST, factor)) - 1).toFixed(4));
  };
}
