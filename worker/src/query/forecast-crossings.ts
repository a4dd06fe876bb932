import { type Labels, seriesKey } from "@sightline/shared/model/labels";
import { forecastQuery } from "./forecasts.ts";
import type { QuerySource } from "./query-source.ts";
import { SelectRefusal } from "./select-refusal.ts";
import { selectorOf } from "./selector-of.ts";

const HORIZON_MS = 3 * 86_400_000;
/** A forecast changes little in this time. */
const FRESH_MS = 600_000;
/** One takes some 50 ms: a request makes two, the others come with the next. */
const MADE_AT_ONCE = 2;
const MOST_SERIES = 50;
const MOST_KEPT = 500;

interface Crossing {
  /** When it was made, ms. */
  readonly madeAt: number;
  readonly crossesAt: number | null;
}

/** When series are forecast to cross thresholds; made a few at a time and kept for ten minutes. */
export class ForecastCrossings {
  readonly #source: QuerySource;
  readonly #kept = new Map<string, Crossing>();

  constructor(source: QuerySource) {
    this.#source = source;
  }

  /** Null: no crossing within three days, no forecast, or none yet. Throws SelectRefusal for too many series. */
  of(sources: readonly Labels[], threshold: number, nowMs: number): readonly (number | null)[] {
    if (sources.length > MOST_SERIES)
      throw new SelectRefusal("limit", `${sources.length} series are to be forecast, at most ${MOST_SERIES}; ask for fewer`);
    const keys = sources.map((labels) => `${threshold} ${seriesKey(labels)}`);
    const due = keys
      .map((key, i) => ({ key, labels: sources[i] ?? {}, madeAt: this.#kept.get(key)?.madeAt ?? -Infinity }))
      .filter(({ madeAt }) => nowMs - madeAt >= FRESH_MS)
      .toSorted((a, b) => a.madeAt - b.madeAt);
    for (const { key, labels } of due.slice(0, MADE_AT_ONCE))
      this.#keep(key, { madeAt: nowMs, crossesAt: this.#make(labels, threshold, nowMs) });
    return keys.map((key) => this.#kept.get(key)?.crossesAt ?? null);
  }

  #keep(key: string, crossing: Crossing): void {
    this.#kept.delete(key);
    this.#kept.set(key, crossing);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > MOST_KEPT && oldest !== undefined) this.#kept.delete(oldest);
  }

  /** The first point on the other side of the threshold than the series is now. */
  #make(labels: Labels, threshold: number, nowMs: number): number | null {
    const forecast = forecastQuery(this.#source, selectorOf(labels), HORIZON_MS, nowMs);
    const [series] = forecast.ok ? forecast.value : [];
    const points = series !== undefined && "points" in series ? (series.points ?? []) : [];
    const [first] = points;
    if (first === undefined) return null;
    const now = this.#newest(labels, nowMs) ?? first.mean;
    return points.find(({ mean }) => mean > threshold !== now > threshold)?.t ?? null;
  }

  #newest(labels: Labels, nowMs: number): number | undefined {
    const matchers = Object.entries(labels).map(([name, value]) => ({ name, op: "=" as const, value }));
    const key = seriesKey(labels);
    const found = this.#source.select({ matchers, startMs: nowMs - FRESH_MS, endMs: nowMs }).find((one) => seriesKey(one.labels) === key);
    return found?.values.at(-1);
  }
}
