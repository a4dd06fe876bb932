import { type DueValue, NO_PROMISES, type Promises, SETTLE_MS, promised, settled } from "@sightline/shared/forecast/promises";
import type { Forecast, ForecastRefusal, ForecastSeries } from "@sightline/shared/model/forecast";
import { type Labels, formatLabels, seriesKey } from "@sightline/shared/model/labels";
import { finish, type Pace, type Stepwise } from "@sightline/shared/promql/evaluation/pace";
import { forecastQuery } from "./forecasts.ts";
import type { QuerySource } from "./query-source.ts";
import { SelectRefusal } from "./select-refusal.ts";
import { selectorOf } from "./selector-of.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Two forecasts: the steps of a month are too long for what happens today. */
const NEAR_MS = 3 * DAY_MS;
const FAR_MS = 30 * DAY_MS;
/** A forecast changes little in this time: then it is made anew when there is time. */
const FRESH_MS = { near: 600_000, far: 6 * HOUR_MS };
/** It says nothing any more. */
const STALE_MS = { near: HOUR_MS, far: DAY_MS };
/** A value is as old as this at most. */
const LOOKBACK_MS = 300_000;
/** What is there and no longer fresh is made anew so many at a time. */
const RENEWED_AT_ONCE = 2;
/** Where nothing else can be done in between, no more are made in one go than these. */
const MADE_IN_ONE_GO = 2;
const MOST_SERIES = 50;
const MOST_KEPT = 500;
/** Forecasts of what does not change are off by this share of it at most. */
const ROUNDING = 1e-9;
/** What one takes, for who else waits. */
const FORECAST_NS = 40_000_000;

type Reach = "near" | "far";

/** Times in ms and means, without what no crossing needs. */
interface Outlook {
  readonly madeAt: number;
  readonly t: readonly number[];
  readonly mean: readonly number[];
  /** Why it reaches less far, in words. */
  readonly shortened?: string;
  /** Why no forecast was made at `madeAt`, in words: the points are of the last one, which was made then, or there are none. */
  readonly refused?: { readonly reason: string; readonly lastMadeAt: number };
}

interface Made {
  readonly near: Outlook;
  /** Where somebody asked for what the near one does not cross. */
  readonly far: Outlook | null;
  /** The newest value when the near one was made; NaN without one. */
  readonly newest: number;
  readonly promises: Promises;
}

/** Where forecasts outlive this object's memory. */
export interface KeptForecasts {
  /** What was written; undefined where nothing is. */
  read(key: string): unknown;
  write(key: string, madeAt: number, forecast: unknown): void;
}

/**
 * When series are forecast to cross thresholds: kept for ten minutes and over restarts, so that an alert on them is not told as over because
 * this object begins anew. What was promised is compared with what came, and steers the forecasts that follow.
 */
export class ForecastCrossings {
  readonly #source: QuerySource;
  readonly #log: KeptForecasts | null;
  readonly #kept = new Map<string, Made>();

  constructor(source: QuerySource, log: KeptForecasts | null = null) {
    this.#source = source;
    this.#log = log;
  }

  /**
   * When each series crosses the threshold, ms; null: not within thirty days, not as far as its samples allow to look, or no forecast. Throws
   * SelectRefusal for too many series, and where some have no forecast yet: that one is missing is not known of what does not cross.
   */
  of(sources: readonly Labels[], threshold: number, nowMs: number): readonly (number | null)[] {
    finish(this.make(sources, threshold, nowMs, MADE_IN_ONE_GO));
    const found = sources.map((labels) => this.#known(seriesKey(labels)));
    const missing = found.filter((made) => lacks(made, threshold, nowMs) !== null).length;
    if (missing > 0) {
      const many = `${missing} of ${sources.length} series ${missing === 1 ? "has" : "have"} no forecast yet`;
      throw new SelectRefusal("execution", `${many}; alerts stay as they are, and it is there at the next evaluation`);
    }
    return found.map((made) => (made === undefined ? null : crossing(made, threshold)));
  }

  /** Makes what `of` needs, at most so many, then renews the oldest; stops after each, as one takes tens of ms. Throws SelectRefusal for too many series. */
  *make(sources: readonly Labels[], threshold: number, nowMs: number, most: number, pace?: Pace): Stepwise<void> {
    if (sources.length > MOST_SERIES)
      throw new SelectRefusal("limit", `${sources.length} series are to be forecast, at most ${MOST_SERIES}; ask for fewer`);
    let made = 0;
    for (const labels of sources) {
      const key = seriesKey(labels);
      for (let reach = lacks(this.#known(key), threshold, nowMs); reach !== null; reach = lacks(this.#known(key), threshold, nowMs)) {
        if (made++ >= most) return;
        this.#make(key, labels, reach, nowMs);
        pace?.spend(FORECAST_NS);
        yield;
      }
    }
    const due = sources
      .flatMap((labels) => {
        const key = seriesKey(labels);
        const known = this.#known(key);
        const reach = known === undefined ? null : pastIts(FRESH_MS, known, threshold, nowMs);
        return known === undefined || reach === null ? [] : [{ key, labels, reach, madeAt: known[reach]?.madeAt ?? 0 }];
      })
      .toSorted((a, b) => a.madeAt - b.madeAt);
    for (const { key, labels, reach } of due.slice(0, Math.max(0, Math.min(RENEWED_AT_ONCE, most - made)))) {
      this.#make(key, labels, reach, nowMs);
      pace?.spend(FORECAST_NS);
      yield;
    }
  }

  /** Of the series of which no crossing is told, why nothing is said of them, or that there is none and why it is not looked a month ahead; each reason once. */
  reasons(sources: readonly Labels[], threshold: number): readonly string[] {
    const said = new Set<string>();
    for (const labels of sources) {
      const made = this.#known(seriesKey(labels));
      if (made === undefined || crossing(made, threshold) !== null) continue;
      const { near, far } = made;
      const refused = near.refused ?? far?.refused;
      const { shortened } = near.t.length === 0 ? near : (far ?? near);
      if (refused !== undefined) said.add(`${formatLabels(labels)} has no forecast: ${refused.reason}`);
      if (shortened !== undefined) said.add(`No crossing of ${threshold} within what is forecast. ${shortened}`);
    }
    return [...said];
  }

  #known(key: string): Made | undefined {
    const known = this.#kept.get(key);
    if (known !== undefined || this.#log === null) return known;
    const read = madeOf(this.#log.read(key));
    if (read !== undefined) this.#remember(key, read);
    return read;
  }

  #remember(key: string, made: Made): void {
    this.#kept.delete(key);
    this.#kept.set(key, made);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > MOST_KEPT && oldest !== undefined) this.#kept.delete(oldest);
  }

  #make(key: string, labels: Labels, reach: Reach, nowMs: number): void {
    const before = this.#known(key);
    const made =
      reach === "far" && before !== undefined ? this.#further(key, labels, before, nowMs) : this.#nearest(key, labels, before, nowMs);
    this.#remember(key, made);
    this.#log?.write(key, nowMs, made);
  }

  #nearest(key: string, labels: Labels, before: Made | undefined, nowMs: number): Made {
    const promises = settled(before?.promises ?? NO_PROMISES, nowMs, (due) =>
      due.t > nowMs - SETTLE_MS ? undefined : this.#valueAt(labels, due),
    );
    const far = before?.far ?? null;
    const series = this.#forecast(key, labels, NEAR_MS, promises, nowMs);
    if (series === undefined || !("points" in series)) {
      const near = withoutForecast(series, before?.near, nowMs);
      return { near, far, newest: near.t.length === 0 ? Number.NaN : (before?.newest ?? Number.NaN), promises };
    }
    return { near: outlookOf(series, nowMs), far, newest: series.last, promises: promised(promises, series, nowMs) };
  }

  #further(key: string, labels: Labels, before: Made, nowMs: number): Made {
    const series = this.#forecast(key, labels, FAR_MS, before.promises, nowMs);
    const far = series !== undefined && "points" in series ? outlookOf(series, nowMs) : withoutForecast(series, before.far, nowMs);
    return { ...before, far };
  }

  #forecast(key: string, labels: Labels, horizonMs: number, { record }: Promises, nowMs: number): ForecastSeries | undefined {
    const records = record.points > 0 ? { [key]: record } : {};
    const forecast = forecastQuery(this.#source, selectorOf(labels), horizonMs, nowMs, records);
    return forecast.ok ? forecast.value[0] : undefined;
  }

  /** Undefined without one, and of a counter that reset since `joinedSince`. */
  #valueAt(labels: Labels, { t, joinedSince = t }: DueValue): number | undefined {
    const matchers = Object.entries(labels).map(([name, value]) => ({ name, op: "=" as const, value }));
    const key = seriesKey(labels);
    const found = this.#source
      .select({ matchers, startMs: Math.min(joinedSince, t - LOOKBACK_MS), endMs: t })
      .find((one) => seriesKey(one.labels) === key);
    if (found === undefined || (found.timestamps.at(-1) ?? 0) < t - LOOKBACK_MS) return undefined;
    const hasReset = joinedSince < t && found.values.some((value, i) => value < (found.values[i - 1] ?? -Infinity));
    return hasReset ? undefined : found.values.at(-1);
  }
}

function outlookOf({ points, shortened }: Forecast, nowMs: number): Outlook {
  return {
    madeAt: nowMs,
    t: points.map(({ t }) => t),
    mean: points.map(({ mean }) => mean),
    ...(shortened === undefined ? {} : { shortened }),
  };
}

/**
 * What is said of a series that is refused a forecast. That none is better than its newest value is an answer: it stays about there. Where
 * samples are missing or are no numbers, the last forecast stands for a day, so that its alerts do.
 */
function withoutForecast(
  series: ({ readonly labels: Labels } & ForecastRefusal) | undefined,
  last: Outlook | null | undefined,
  nowMs: number,
): Outlook {
  const none = { madeAt: nowMs, t: [], mean: [] };
  if (series === undefined) return none;
  const { code, reason } = series.refused;
  const lastMadeAt = last?.refused?.lastMadeAt ?? last?.madeAt ?? -Infinity;
  const stands = code !== "no_better_than_naive" && nowMs - lastMadeAt < DAY_MS;
  return { ...((stands && last) || none), madeAt: nowMs, refused: { reason, lastMadeAt: stands ? lastMadeAt : 0 } };
}

/** Which forecast is older than this; the far one only where the near one shows no crossing and there is more to see. */
function pastIts(ages: Readonly<Record<Reach, number>>, made: Made, threshold: number, nowMs: number): Reach | null {
  if (nowMs - made.near.madeAt >= ages.near) return "near";
  if (made.near.t.length === 0 || made.near.shortened !== undefined || within(made.near, made.newest, threshold) !== null) return null;
  return nowMs - (made.far?.madeAt ?? -Infinity) >= ages.far ? "far" : null;
}

/** Without which forecast nothing can be said. */
const lacks = (made: Made | undefined, threshold: number, nowMs: number): Reach | null =>
  made === undefined ? "near" : pastIts(STALE_MS, made, threshold, nowMs);

/**
 * When the line through the points is on the threshold first, as seen from where the series was: what is full is no more than full. What stands on it
 * has reached it, and crosses it where it rises above.
 */
function within({ madeAt, t, mean }: Outlook, newest: number, threshold: number, afterMs = -Infinity): number | null {
  const side = Math.sign(newest - threshold);
  const least = ROUNDING * Math.abs(threshold);
  const crosses = (value: number): boolean => (side === 0 ? value - threshold > least : (value - threshold) * side <= least);
  const at = mean.findIndex((value, i) => crosses(value) && (t[i] ?? 0) > afterMs);
  const [to, value] = [t[at], mean[at]];
  if (to === undefined || value === undefined) return null;
  const [from, before] = [Math.max(t[at - 1] ?? madeAt, afterMs), mean[at - 1] ?? newest];
  // Of what stood on it nobody knows when it left.
  if (side === 0 || !(from < to) || (before - threshold) * side <= 0) return to;
  return Math.round(from + (to - from) * Math.min(1, (threshold - before) / (value - before)));
}

function crossing({ near, far, newest }: Made, threshold: number): number | null {
  if (near.t.length === 0) return null;
  return within(near, newest, threshold) ?? (far === null ? null : within(far, newest, threshold, near.t.at(-1)));
}

/** As it was before it was written: JSON has no number for none. */
function madeOf(read: unknown): Made | undefined {
  if (read === undefined) return undefined;
  const made = read as Made & { readonly newest: number | null };
  const promisedAt = (made.promises.promisedAt as number | null) ?? -Infinity;
  return { ...made, newest: made.newest ?? Number.NaN, promises: { ...made.promises, promisedAt } };
}
