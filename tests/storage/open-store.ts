import { ok } from "node:assert";
import type { MetricMetadata, MetricType } from "@sightline/shared/model/metric";
import type { ReplayObserver } from "../../worker/src/storage/replay.ts";
import type { StoreBounds } from "../../worker/src/storage/series-store.ts";
import { SeriesStore } from "../../worker/src/storage/series-store.ts";
import type { SqlDatabase } from "../../worker/src/storage/sql-database.ts";

export const NOON = Date.UTC(2026, 10, 20, 12);
export const MINUTE = 60_000;
export const DAY = 86_400_000;
export const GAUGE: MetricMetadata = { type: "gauge", unit: "", help: "" };

export const BOUNDS: StoreBounds = {
  maxSeries: 1000,
  maxSeriesPerMetric: 1000,
  maxLabelBytes: 10_000_000,
  headSamples: 1_000_000,
  sliceSamples: 50_000,
  headBytes: 64_000_000,
  headAgeMs: 120 * MINUTE,
  retentionMs: 30 * DAY,
  outOfOrderMs: 30 * MINUTE,
  futureMs: DAY,
};

const NOBODY: ReplayObserver = {
  observe: () => undefined,
  observeColumns: () => undefined,
  observeHistogram: () => undefined,
  wants: () => false,
};

export function openStore(
  database: SqlDatabase,
  nowMs = NOON,
  bounds: Partial<StoreBounds> = {},
  observer: ReplayObserver = NOBODY,
): SeriesStore {
  const store = new SeriesStore(database, { ...BOUNDS, ...bounds }, nowMs);
  store.replay(observer, nowMs);
  return store;
}

export function refOf(store: SeriesStore, name: string, labels: Readonly<Record<string, string>> = {}, type: MetricType = "gauge"): number {
  const resolved = store.resolve({ __name__: name, ...labels }, { ...GAUGE, type });
  ok(resolved.ok, resolved.ok ? "" : resolved.error.message);
  return resolved.value;
}

/** Every sample of a metric as [time, value] pairs. */
export function samplesOf(store: SeriesStore, name: string, nowMs = NOON): (readonly [number, number])[] {
  const refs = store.index.match([{ name: "__name__", op: "=", value: name }]);
  ok(refs.ok);
  return store
    .read(refs.value, -Infinity, Infinity, nowMs)
    .flatMap((series) => Array.from(series.timestamps, (t, i) => [t, series.values[i] ?? NaN] as const));
}
