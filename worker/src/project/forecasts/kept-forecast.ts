import {
  NO_RECORD,
  type Checkpoint,
  type TrackRecord,
  checkpointsOf,
  scoreCheckpoint,
  scoreOf,
} from "@sightline/shared/forecast/track-record";
import type { ForecastSeries } from "@sightline/shared/model/forecast";
import { seriesKey } from "@sightline/shared/model/labels";

/** What is known of one series' forecasts. */
interface SeriesForecasts {
  readonly record: TrackRecord;
  /** Promises whose time has not come. */
  readonly pending: readonly Checkpoint[];
  /** When the newest of them was made, ms. */
  readonly promisedAt: number;
}

/** One expression over one horizon: its newest answer, and how those before fared. */
export interface KeptForecast {
  readonly query: string;
  readonly horizonMs: number;
  /** Ms. */
  readonly askedAt: number;
  /** Null: to be made. */
  readonly made: { readonly at: number; readonly tookMs: number; readonly series: readonly ForecastSeries[] } | null;
  readonly series: Readonly<Record<string, SeriesForecasts>>;
}

const MOST_PENDING = 36;
/** Promises of one series are made this many times over a horizon: overlapping ones tell little more. */
const PROMISES_PER_HORIZON = 6;
const MOST_TIMES = 32;
const LONGEST_LATE_MS = 86_400_000;
/** Senders are late by some seconds. */
export const SETTLE_MS = 15_000;

/** The times whose values are wanted now, the newest 32. */
export function dueTimes(kept: KeptForecast, nowMs: number): readonly number[] {
  const times = Object.values(kept.series).flatMap(({ pending }) => pending.filter(({ t }) => t <= nowMs - SETTLE_MS).map(({ t }) => t));
  return [...new Set(times)].toSorted((a, b) => a - b).slice(-MOST_TIMES);
}

/** When the last promise can be scored, ms; null when none is open. */
export function lastPromise(kept: KeptForecast): number | null {
  const times = Object.values(kept.series).flatMap(({ pending }) => pending.map(({ t }) => t));
  return times.length === 0 ? null : times.reduce((a, b) => Math.max(a, b));
}

/** Compares what was promised with what came. A promise without a value is given up: the series was silent then. `actual`: null where asking failed. */
export function scored(
  kept: KeptForecast,
  nowMs: number,
  times: readonly number[],
  actual: readonly (ReadonlyMap<string, number> | null)[],
): KeptForecast {
  const at = new Map(times.map((t, k) => [t, actual[k] ?? null]));
  const series: Record<string, SeriesForecasts> = {};
  for (const [key, { record, pending, promisedAt }] of Object.entries(kept.series)) {
    let next = record;
    const left: Checkpoint[] = [];
    for (const point of pending) {
      const known = at.get(point.t);
      const value = known?.get(key);
      if (value !== undefined) next = scoreCheckpoint(next, point, value);
      // Asked for in vain: again until it is too late.
      else if (point.t > nowMs - SETTLE_MS || (known === null && nowMs - point.t < LONGEST_LATE_MS)) left.push(point);
    }
    if (next.points > 0 || left.length > 0) series[key] = { record: next, pending: left, promisedAt };
  }
  return { ...kept, series };
}

/** With a new answer: each series carries its score, and its promises are kept unless there are enough. */
export function answered(kept: KeptForecast, nowMs: number, tookMs: number, answer: readonly ForecastSeries[]): KeptForecast {
  const series: Record<string, SeriesForecasts> = { ...kept.series };
  const withScores = answer.map((one) => {
    if (!("points" in one)) return one;
    const key = seriesKey(one.labels);
    const before = series[key] ?? { record: NO_RECORD, pending: [], promisedAt: -Infinity };
    const aheadMs = (one.points.at(-1)?.t ?? nowMs) - nowMs;
    if (nowMs - before.promisedAt >= aheadMs / PROMISES_PER_HORIZON) {
      const promises = checkpointsOf(one).filter(({ t }) => t > nowMs);
      series[key] = { record: before.record, pending: [...before.pending, ...promises].slice(-MOST_PENDING), promisedAt: nowMs };
    }
    const score = scoreOf(before.record);
    return score === null ? one : { ...one, score };
  });
  return { ...kept, series, made: { at: nowMs, tookMs, series: withScores } };
}

/** What steers the models of the next answer. */
export const recordsOf = (kept: KeptForecast): Readonly<Record<string, TrackRecord>> =>
  Object.fromEntries(Object.entries(kept.series).flatMap(([key, { record }]) => (record.points > 0 ? [[key, record]] : [])));
