import type { ExpectedRange } from "@sightline/shared/api/responses";
import { isStale, type SelectedSeries } from "@sightline/shared/model/sample";
import { DetectorFeed } from "./detector-feed.ts";

/** Ms of history the detector sees before the range begins. */
export const WARM_UP_MS = 86_400_000;

/** The band a fresh detector would have drawn, having seen the day before the range. */
export function replayExpectedRange(series: SelectedSeries, isCounter: boolean, startMs: number): ExpectedRange {
  const feed = new DetectorFeed();
  feed.add();
  const [t, expected, lower, upper, score]: number[][] = [[], [], [], [], []];
  for (let i = 0; i < series.timestamps.length; i++) {
    const at = series.timestamps[i] ?? 0;
    const value = series.values[i] ?? Number.NaN;
    const histogram = series.histograms?.[i];
    if (histogram !== undefined) feed.observeHistogram(0, at, histogram);
    else if (isStale(value)) continue;
    else if (isCounter) feed.observeCounter(0, at, value);
    else feed.observeGauge(0, at, value);
    const judgement = at < startMs ? null : feed.judgement(0);
    if (judgement === null || judgement.t === t?.at(-1)) continue;
    t?.push(judgement.t);
    expected?.push(judgement.expected);
    lower?.push(judgement.lower);
    upper?.push(judgement.upper);
    score?.push(judgement.score);
  }
  return { labels: series.labels, t: t ?? [], expected: expected ?? [], lower: lower ?? [], upper: upper ?? [], score: score ?? [] };
}
