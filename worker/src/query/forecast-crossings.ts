import { NO_PROMISES, type Promises, SETTLE_MS, promised, settled } from "@sightline/shared/forecast/promises";
import type { ForecastPoint } from "@sightline/shared/model/forecast";
import { type Labels, seriesKey } from "@sightline/shared/model/labels";
import { forecastQuery } from "./forecasts.ts";
import type { QuerySource } from "./query-source.ts";
import { SelectRefusal } from "./select-refusal.ts";
import { selectorOf } from "./selector-of.ts";

const HORIZON_MS = 3 * 86_400_000;
/** A forecast changes little in this time. */
const FRESH_MS = 600_000;
/** A value is as old as this at most. */
const LOOKBACK_MS = 300_000;
/** One takes some 50 ms: a request makes two, the others come with the next. */
const MADE_AT_ONCE = 2;
const MOST_SERIES = 50;
const MOST_KEPT = 500;

interface Made {
  /** Ms. */
  readonly madeAt: number;
  /** None where it was refused. */
  readonly points: readonly ForecastPoint[];
  /** The newest value when it was made. */
  readonly newest: number;
  readonly promises: Promises;
}

/**
 * When series are forecast to cross thresholds; made a few at a time and kept for ten minutes. What was promised is compared with what came,
 * and steers the forecasts that follow, for as long as this lives.
 */
export class ForecastCrossings {
  readonly #source: QuerySource;
  readonly #kept = new Map<string, Made>();

  constructor(source: QuerySource) {
    this.#source = source;
  }

  /** Null: no crossing within three days, no forecast, or none yet. Throws SelectRefusal for too many series. */
  of(sources: readonly Labels[], threshold: number, nowMs: number): readonly (number | null)[] {
    if (sources.length > MOST_SERIES)
      throw new SelectRefusal("limit", `${sources.length} series are to be forecast, at most ${MOST_SERIES}; ask for fewer`);
    const keys = sources.map(seriesKey);
    const due = keys
      .map((key, i) => ({ key, labels: sources[i] ?? {}, madeAt: this.#kept.get(key)?.madeAt ?? -Infinity }))
      .filter(({ madeAt }) => nowMs - madeAt >= FRESH_MS)
      .toSorted((a, b) => a.madeAt - b.madeAt);
    for (const { key, labels } of due.slice(0, MADE_AT_ONCE)) this.#keep(key, this.#make(key, labels, nowMs));
    return keys.map((key) => crossing(this.#kept.get(key), threshold));
  }

  #keep(key: string, made: Made): void {
    this.#kept.delete(key);
    this.#kept.set(key, made);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > MOST_KEPT && oldest !== undefined) this.#kept.delete(oldest);
  }

  #make(key: string, labels: Labels, nowMs: number): Made {
    const promises = settled(this.#kept.get(key)?.promises ?? NO_PROMISES, nowMs, (t) =>
      t > nowMs - SETTLE_MS ? undefined : this.#valueAt(labels, t, LOOKBACK_MS),
    );
    const records = promises.record.points > 0 ? { [key]: promises.record } : {};
    const forecast = forecastQuery(this.#source, selectorOf(labels), HORIZON_MS, nowMs, records);
    const [series] = forecast.ok ? forecast.value : [];
    if (series === undefined || !("points" in series)) return { madeAt: nowMs, points: [], newest: NaN, promises };
    const newest = this.#valueAt(labels, nowMs, FRESH_MS) ?? series.points[0]?.mean ?? NaN;
    return { madeAt: nowMs, points: series.points, newest, promises: promised(promises, series, nowMs) };
  }

  #valueAt(labels: Labels, t: number, lookbackMs: number): number | undefined {
    const matchers = Object.entries(labels).map(([name, value]) => ({ name, op: "=" as const, value }));
    const key = seriesKey(labels);
    const found = this.#source.select({ matchers, startMs: t - lookbackMs, endMs: t }).find((one) => seriesKey(one.labels) === key);
    return found?.values.at(-1);
  }
}

/** The first point on the other side of the threshold than the series was. */
const crossing = (made: Made | undefined, threshold: number): number | null =>
  made?.points.find(({ mean }) => mean > threshold !== made.newest > threshold)?.t ?? null;
