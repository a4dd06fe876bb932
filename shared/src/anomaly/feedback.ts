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

/** Of all that was answered about one metric: the answers, and by what one person said at once the series that this was about. */
interface OfMetric {
  readonly answers: { readonly key: string; readonly saying: string; readonly step: number }[];
  readonly sayings: Map<string, Set<string>>;
  /** What was found already, by series; by "" for those that nothing was said of in themselves. */
  readonly shares: Map<string, number>;
}

/**
 * The share by which answers raise the thresholds of each series, 0.25 by a quarter, -0.1 down by a tenth; 0 without any. Of each anomaly
 * the answer given counts once; taken back, it counts no more. Answers about a series count in full for it, and by a third for its siblings, for
 * these once of all that one person said at once: that is of one event, on however many series. They count in the order in which they
 * were given, each as far as the bounds allow: what was answered beyond them does not have to be answered away again.
 */
export function cautions(answers: readonly AnomalyAnswer[]): (labels: Labels) => number {
  if (answers.length === 0) return () => 0;
  const metrics = new Map<string, OfMetric>();
  const spoken = new Set<string>();
  for (const { labels, verdict, at, by } of answers.toSorted((a, b) => a.at - b.at)) {
    const [key, metric, saying] = [seriesKey(labels), labels[METRIC_NAME] ?? "", JSON.stringify([at, by])];
    const ofMetric: OfMetric = metrics.get(metric) ?? { answers: [], sayings: new Map(), shares: new Map() };
    metrics.set(metric, ofMetric);
    ofMetric.answers.push({ key, saying, step: verdict === "false_alarm" ? FALSE_ALARM : REAL });
    ofMetric.sayings.set(saying, (ofMetric.sayings.get(saying) ?? new Set()).add(key));
    spoken.add(key);
  }
  return (labels) => {
    const ofMetric = metrics.get(labels[METRIC_NAME] ?? "");
    if (ofMetric === undefined) return 0;
    const key = seriesKey(labels);
    const about = spoken.has(key) ? key : "";
    const share = ofMetric.shares.get(about) ?? shareOf(ofMetric, about);
    ofMetric.shares.set(about, share);
    return share;
  };
}

function shareOf({ answers, sayings }: OfMetric, about: string): number {
  const counted = new Set<string>();
  let factor = 1;
  for (const { key, saying, step } of answers) {
    const isOwn = key === about;
    if (!isOwn && (counted.has(saying) || sayings.get(saying)?.has(about) === true)) continue;
    counted.add(saying);
    factor = Math.min(MOST, Math.max(LEAST, factor * (isOwn ? step : step ** SIBLINGS)));
  }
  return Number((factor - 1).toFixed(4));
}
