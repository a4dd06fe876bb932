/** How often anomalies of a score are real, from the precision measured on constructed series (docs/analytics/anomalies.md). */
const AT_THRESHOLD = 0.8;
const AT_BEST = 0.97;
const THRESHOLD = 0.5;
/** What a further series that begins together with the first takes off the doubt, and how many count: they are not independent of each other. */
const EACH = 0.6;
const MOST = 4;
const CERTAIN = 0.99;

/** 0–1: that something did happen, by the scores of all series in which it shows. */
export function anomalyConfidence(scores: readonly number[]): number {
  const best = Math.max(THRESHOLD, ...scores);
  const alone = AT_THRESHOLD + (AT_BEST - AT_THRESHOLD) * Math.min(1, (best - THRESHOLD) / (1 - THRESHOLD));
  const others = Math.min(MOST, Math.max(0, scores.length - 1));
  return Math.min(CERTAIN, 1 - (1 - alone) * EACH ** others);
}
