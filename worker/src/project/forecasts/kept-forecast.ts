import { type DueValue, NO_PROMISES, type Promises, SETTLE_MS, promised, settled } from "@sightline/shared/forecast/promises";
import { type TrackRecord, scoreOf } from "@sightline/shared/forecast/track-record";
import type { ForecastSeries } from "@sightline/shared/model/forecast";
import { seriesKey } from "@sightline/shared/model/labels";

/** One expression over one horizon: its newest answer, and how those before fared. */
export interface KeptForecast {
  readonly query: string;
  readonly horizonMs: number;
  /** Ms. */
  readonly askedAt: number;
  /** Null: to be made. */
  readonly made: { readonly at: number; readonly tookMs: number; readonly series: readonly ForecastSeries[] } | null;
  readonly series: Readonly<Record<string, Promises>>;
}

const MOST_TIMES = 32;

const keyOf = ({ t, joinedSince }: DueValue): string => `${t} ${joinedSince ?? ""}`;

/** The values that are wanted now, the newest 32. */
export function dueValues(kept: KeptForecast, nowMs: number): readonly DueValue[] {
  const points = Object.values(kept.series).flatMap(({ pending }) => pending.filter(({ t }) => t <= nowMs - SETTLE_MS));
  const due = new Map(points.map((point) => [keyOf(point), point]));
  return [...due.values()].toSorted((a, b) => a.t - b.t).slice(-MOST_TIMES);
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
  due: readonly DueValue[],
  actual: readonly (ReadonlyMap<string, number> | null)[],
): KeptForecast {
  const at = new Map(due.map((one, k) => [keyOf(one), actual[k] ?? null]));
  const series: Record<string, Promises> = {};
  for (const [key, before] of Object.entries(kept.series)) {
    const after = settled(before, nowMs, (one) => {
      const known = at.get(keyOf(one));
      return known === null ? null : known?.get(key);
    });
    if (after.record.points > 0 || after.pending.length > 0) series[key] = after;
  }
  return { ...kept, series };
}

/** With a new answer: each series carries its score, and its promises are kept unless there are enough. */
export function answered(kept: KeptForecast, nowMs: number, tookMs: number, answer: readonly ForecastSeries[]): KeptForecast {
  const series: Record<string, Promises> = { ...kept.series };
  const withScores = answer.map((one) => {
    if (!("points" in one)) return one;
    const key = seriesKey(one.labels);
    const before = series[key] ?? NO_PROMISES;
    const after = promised(before, one, nowMs);
    if (after !== before) series[key] = after;
    const score = scoreOf(before.record);
    return score === null ? one : { ...one, score };
  });
  return { ...kept, series, made: { at: nowMs, tookMs, series: withScores } };
}

/** What steers the models of the next answer. */
export const recordsOf = (kept: KeptForecast): Readonly<Record<string, TrackRecord>> =>
  Object.fromEntries(Object.entries(kept.series).flatMap(([key, { record }]) => (record.points > 0 ? [[key, record]] : [])));
