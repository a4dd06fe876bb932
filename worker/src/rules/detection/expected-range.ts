import type { ExpectedRange } from "@sightline/shared/api/responses";
import type { Labels } from "@sightline/shared/model/labels";
import { isStale, type SelectedSeries } from "@sightline/shared/model/sample";
import type { BandPoint } from "./band-memory.ts";
import { DetectorFeed } from "./detector-feed.ts";

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

/** Series of the rich tier that one request has judged anew: a day of steps takes some 40 ms each. Of others what was said is told. */
export const MOST_RICH_REPLAYS = 8;

/** Ms of history the detector sees before a range: at least a day, from a whole hour on, so that looks of the same hour agree. */
export const warmUpFrom = (startMs: number): number => Math.floor((startMs - DAY_MS) / HOUR_MS) * HOUR_MS;

/** What the shard knows of the series besides its samples. */
export interface JudgedSeries {
  readonly isCounter: boolean;
  readonly isRich: boolean;
  /** By which share people's answers have raised its thresholds. */
  readonly caution: number;
  /** Of what it is of, ms; 0 without one lately. */
  readonly deployedAt: number;
}

/** What a fresh detector of the same tier would have said, having seen the samples before the range. */
export function replay(series: SelectedSeries, { isCounter, isRich, caution, deployedAt }: JudgedSeries, startMs: number): BandPoint[] {
  const feed = new DetectorFeed();
  const slot = feed.add();
  feed.caution(slot, caution);
  feed.judgeAs(slot, isRich);
  const points: BandPoint[] = [];
  let told = false;
  for (let i = 0; i < series.timestamps.length; i++) {
    const at = series.timestamps[i] ?? 0;
    const value = series.values[i] ?? Number.NaN;
    const histogram = series.histograms?.[i];
    if (!told && deployedAt > 0 && at >= deployedAt) {
      told = true;
      feed.deployed(slot, deployedAt);
    }
    if (histogram !== undefined) feed.observeHistogram(slot, at, histogram);
    else if (isStale(value)) continue;
    else if (isCounter) feed.observeCounter(slot, at, value);
    else feed.observeGauge(slot, at, value);
    const judgement = at < startMs ? null : feed.judgement(slot);
    if (judgement !== null && judgement.t !== points.at(-1)?.t) points.push(judgement);
  }
  return points;
}

/** What was said of the series inside the range, and before that what would have been. */
export function expectedRange(
  labels: Labels,
  startMs: number,
  endMs: number,
  said: Iterable<BandPoint> | null,
  anew: (untilMs: number) => readonly BandPoint[],
): ExpectedRange {
  const remembered = said === null ? [] : [...said];
  const from = remembered[0]?.t ?? Infinity;
  const before = from <= startMs ? [] : anew(Math.min(endMs, from - 1)).filter(({ t }) => t >= startMs && t < from);
  const points = [...before, ...remembered.filter(({ t }) => t >= startMs && t <= endMs)];
  return {
    labels,
    t: points.map(({ t }) => t),
    expected: points.map(({ expected }) => expected),
    lower: points.map(({ lower }) => lower),
    upper: points.map(({ upper }) => upper),
    score: points.map(({ score }) => score),
  };
}
