import { forecast } from "@sightline/shared/forecast/forecast";
import type { Forecast, ForecastRefusal, ForecastSeries } from "@sightline/shared/model/forecast";
import { withoutLoneOutliers } from "@sightline/shared/forecast/lone-outliers";
import { joinedCounter } from "@sightline/shared/forecast/joined-counter";
import type { TrackRecord } from "@sightline/shared/forecast/track-record";
import { spokenDuration } from "@sightline/shared/model/duration";
import { seriesKey } from "@sightline/shared/model/labels";
import type { Result } from "@sightline/shared/model/result";
import { fail, ok } from "@sightline/shared/model/result";
import type { MatrixSeries } from "@sightline/shared/promql/api";
import { bareSelector } from "./bare-selector.ts";
import { countsUp } from "./counts-up.ts";
import { type DataSpan, dataSpan } from "./data-span.ts";
import { lookbackIn } from "./history.ts";
import { knownBounds } from "./known-bounds.ts";
import { type MeanOfSteps, SEVERAL, meanOfExpression, meanOfSteps, readMeans, scatterOfLooks } from "./mean-of-steps.ts";
import { newest } from "./newest.ts";
import { type NewestSamples, newestSamples, upToNow } from "./newest-samples.ts";
import { runQuery } from "./prometheus-query.ts";
import type { QuerySource } from "./query-source.ts";
import { GENERATIONS, YOUNG } from "./read-by-age.ts";

const SECOND = 1000;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const SHORTEST_HISTORY = 2 * 60 * MINUTE;
const DAY = 24 * 60 * MINUTE;
/** Eight weeks: a forecast of a month has its like behind it. */
const LONGEST_HISTORY = 56 * DAY;
/** The day and the week show in it: as much of that as the points allow that a horizon needs ahead. */
const SEASONS_HISTORY = 28 * DAY;
const MAX_SERIES = 50;
const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21_600, 43_200, 86_400].map((seconds) => seconds * SECOND);
const LOOKBACK_MS = 5 * MINUTE;
/** Points that a history is cut into when the samples are dense enough, and the most that are kept of it. */
const HISTORY_POINTS = 400;
const MOST_HISTORY_POINTS = 1000;
/** Each of them is read in so many at least, which tell what a mean hides; and at most so many in all. */
const PARTS = 4;
const MOST_READ = 10_000;
const SCATTER_STEPS = 100;
/** By which share of their distance samples may come late, and the most. */
const WAVER = 0.2;
const LONGEST_WAVER_MS = 10 * MINUTE;
const FEWEST_POINTS_AHEAD = 12;
/** Share of what is asked for by which a forecast may reach less far, as its newest sample is older than now. */
const UNTOLD = 0.1;
/** Where eight horizons hold fewer samples than this, what is older is read too. */
const SAMPLES_WANTED = 100;

/** How forecasts of series fared so far, by `seriesKey`. */
export type ForecastRecords = Readonly<Record<string, TrackRecord>>;

/**
 * Forecasts of every series of an expression over its own history, of eight times the horizon, a hundred samples, or as much as there is. The
 * step follows from the distance of the samples and the length of the history; a history shorter than the horizon is
 * continued for as long as it is. Series that came much later than the oldest have a step of their own. Failures: those of a query, `limit`.
 */
export const forecastQuery = (
  reads: QuerySource,
  query: string,
  horizonMs: number,
  nowMs: number,
  records: ForecastRecords = {},
): Result<readonly ForecastSeries[]> => forecastsOf(reads, { query, horizonMs, nowMs, records }, -Infinity, GENERATIONS);

interface Asked {
  readonly query: string;
  readonly horizonMs: number;
  readonly nowMs: number;
  readonly records: ForecastRecords;
}

/** Of series as long as what is there since `sinceMs`, and of those that came later by so many generations. */
function forecastsOf(reads: QuerySource, asked: Asked, sinceMs: number, generations: number): Result<readonly ForecastSeries[]> {
  const { query, horizonMs, nowMs, records } = asked;
  const shape = shapeOf(reads, query, horizonMs, nowMs);
  if (!shape.ok) return shape;
  const { wantedMs, span } = shape.value;
  if (span === null) return refuseFew(reads, query, horizonMs, nowMs);
  const { lastMs, spacingMs } = span;
  const firstMs = Math.max(span.firstMs, sinceMs, nowMs - wantedMs);
  const historyMs = Math.max(SECOND, nowMs - firstMs);
  const aheadMs = Math.min(horizonMs, historyMs);
  const stepMs = historyStep(historyMs, aheadMs, spacingMs);
  const points = Math.min(Math.floor(historyMs / stepMs), MOST_HISTORY_POINTS);
  const lookbackMs = Math.max(LOOKBACK_MS, Math.ceil(1.2 * spacingMs));
  const bare = bareSelector(query);
  const ofExpression = bare === undefined ? meanOfExpression(query, { stepMs, spacingMs, lastsMs: points * stepMs }) : null;
  const partMs = ofExpression === null ? partOf(stepMs, points, spacingMs) : stepMs;
  // Steps of about one sample each end with the newest one; a little later, since samples are not that even.
  const waverMs = partMs < SEVERAL * spacingMs ? Math.min(Math.round(WAVER * spacingMs), LONGEST_WAVER_MS) : 0;
  const readMs = ofExpression?.everyMs ?? partMs;
  const endMs = waverMs > 0 ? lastMs + waverMs : Math.floor(nowMs / readMs) * readMs;
  const isCounter = countsUp(reads, bare, spacingMs, nowMs);
  const means = ofExpression ?? meanOfSteps(query, isCounter ? undefined : bare, partMs, spacingMs);
  const startMs = endMs - points * stepMs;
  const steps = { startMs, endMs, stepMs: partMs, lookbackMs: lookbackIn(query, spacingMs, partMs) };
  const result = readMeans(reads, means, steps);
  if (!result.ok) return result;
  const { value } = result.value;
  if (value.type !== "matrix") return fail("bad_data", "a forecast needs an expression that gives series");
  // Of what fell silent that long ago the whole forecast would lie in the past.
  const alive = value.series.filter(({ timestamps }) => (timestamps.at(-1) ?? 0) > nowMs - Math.max(horizonMs, lookbackMs, stepMs));
  if (alive.length === 0) return ok(value.series.slice(0, MAX_SERIES).map((series) => silent(series, means, nowMs)));
  if (alive.length > MAX_SERIES)
    return fail("limit", `the expression gives ${alive.length} series, a forecast takes at most ${MAX_SERIES}`);
  const inParts = { nowMs, spacingMs, stepMs: partMs };
  const samples = means.scatter === undefined ? new Map<string, NewestSamples>() : newestSamples(reads, query, inParts);
  const scatters = scatterOf(reads, means, { endMs, stepMs: partMs, lookbackMs });
  const keyOf = ({ labels }: MatrixSeries): string => seriesKey(means.named(labels));
  const starts = new Map(alive.map((series) => [keyOf(series), series.timestamps[0] ?? endMs]));
  const canBeFiner = generations > 0 && stepMs >= SEVERAL * spacingMs;
  const newestNow = canBeFiner || ofExpression !== null ? newest(reads, query, nowMs, lookbackMs) : [];
  const lasts = new Map(ofExpression === null ? [] : newestNow.map(({ labels, value }) => [seriesKey(labels), value]));
  // The youngest have no point yet.
  for (const { labels } of canBeFiner ? newestNow : []) if (!starts.has(seriesKey(labels))) starts.set(seriesKey(labels), endMs);
  const young = new Map([...starts].filter(([, firstMs]) => canBeFiner && nowMs - firstMs < YOUNG * historyMs));
  const later = young.size === 0 ? ok([]) : forecastsOf(reads, asked, Math.min(...young.values()) - partMs, generations - 1);
  const again = new Map(
    (later.ok ? later.value : []).flatMap((one) => (young.has(seriesKey(one.labels)) ? [[seriesKey(one.labels), one] as const] : [])),
  );
  const boundsOf = knownBounds(reads, query, { nowMs, lookbackMs });
  const made = alive
    .filter((series) => !again.has(keyOf(series)))
    .map(({ labels: read, histograms, ...series }): ForecastSeries => {
      const labels = means.named(read);
      if (histograms !== undefined) return { labels, ...notANumber(query) };
      const own = samples.get(seriesKey(labels));
      const { timestamps, values } = upToNow(series, own, inParts);
      const record = records[seriesKey(labels)];
      const bounds = boundsOf(values);
      const scatter = scatters.get(seriesKey(read));
      const middles = Array.from(means.middles(timestamps), (t) => t - waverMs);
      const firstMs = starts.get(seriesKey(labels)) ?? startMs;
      const ownMs = firstMs > startMs + 2 * partMs ? Math.min(aheadMs, nowMs - firstMs + partMs) : aheadMs;
      const one = forecast({
        timestamps: middles,
        values,
        ...reach(nowMs - (middles[values.findLastIndex(Number.isFinite)] ?? nowMs), ownMs, nowMs),
        stepMs: partMs,
        ...(bounds === undefined ? {} : { bounds }),
        ...(isCounter ? { values: joinedCounter(values), counts: true, bounds: { lower: values.at(-1) ?? 0 } } : {}),
        ...(record === undefined ? {} : { record }),
        ...(scatter === undefined ? {} : { scatter }),
        newestIsLevel: (own?.level?.count ?? 0) > 1,
      });
      if ("refused" in one) return { labels, ...one };
      const joined = isCounter ? { joinedSince: Math.min(nowMs, timestamps.at(-1) ?? nowMs) - lookbackMs } : {};
      const last = own?.value ?? lasts.get(seriesKey(labels));
      return { labels, ...one, ...joined, ...(last === undefined ? {} : { last }), ...shortened(ownMs, horizonMs) };
    });
  return ok([...made, ...again.values()]);
}

/** Said only where nothing else is left: of what churns, most has ended. */
function silent({ labels, timestamps }: MatrixSeries, { named }: MeanOfSteps, nowMs: number): ForecastSeries {
  const age = spokenDuration(nowMs - (timestamps.at(-1) ?? nowMs));
  const reason = `Its newest sample is ${age} old: a forecast would lie in the past. Ask for a longer horizon, or wait for samples.`;
  return { labels: named(labels), refused: { code: "too_gappy", reason } };
}

/** Of each series whose means are read, how far its samples lie from them, over the last hundred steps. */
function scatterOf(
  reads: QuerySource,
  { query, scatter, everyMs }: MeanOfSteps,
  { endMs, stepMs, lookbackMs }: { readonly endMs: number; readonly stepMs: number; readonly lookbackMs: number },
): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  const startMs = endMs - SCATTER_STEPS * stepMs;
  if (everyMs !== undefined) {
    const looks = runQuery(reads, { query, startMs, endMs, stepMs: everyMs, lookbackMs });
    for (const series of looks.ok && looks.value.value.type === "matrix" ? looks.value.value.series : []) {
      const own = scatterOfLooks(series, startMs, stepMs);
      if (Number.isFinite(own)) found.set(seriesKey(series.labels), own);
    }
  }
  if (scatter === undefined) return found;
  const result = runQuery(reads, { query: scatter, startMs, endMs, stepMs, lookbackMs, rawOnly: true });
  if (!result.ok || result.value.value.type !== "matrix") return found;
  for (const series of result.value.value.series) {
    const { values } = withoutLoneOutliers(series);
    let squares = 0;
    let count = 0;
    for (let i = 0; i < values.length; i++) {
      const deviation = values[i] ?? Number.NaN;
      // Of a step with a sample that is no finite number nothing is known.
      if (!Number.isFinite(deviation)) continue;
      squares += deviation ** 2;
      count++;
    }
    found.set(seriesKey(series.labels), Math.sqrt(squares / Math.max(1, count)));
  }
  return found;
}

/** Of so many steps: the longest of the usual ones that goes four times into a step, where that is not too short for as many, else a fifth; no shorter than the samples' distance. */
function partOf(stepMs: number, points: number, spacingMs: number): number {
  const fits = (part: number): boolean =>
    part >= spacingMs && part <= stepMs / PARTS && (points * stepMs) / part <= MOST_READ && stepMs % part === 0 && part % SECOND === 0;
  return STEPS.findLast(fits) ?? [stepMs / (PARTS + 1)].find(fits) ?? stepMs;
}

/** From the newest sample on, however old that is, and told from now on. */
const reach = (silentMs: number, aheadMs: number, nowMs: number): { readonly horizonMs: number; readonly fromMs: number } => ({
  horizonMs: silentMs > UNTOLD * aheadMs ? aheadMs + silentMs : aheadMs,
  fromMs: nowMs,
});

/** Nothing is continued for longer than it was seen. */
const shortened = (aheadMs: number, horizonMs: number): Pick<Forecast, "shortened"> =>
  aheadMs < horizonMs
    ? { shortened: `There are samples of ${spokenDuration(aheadMs)}, and a forecast reaches no further ahead than they reach back.` }
    : {};

/** How far back to read, and what is there; null where it is fewer than two samples. */
function shapeOf(reads: QuerySource, query: string, horizonMs: number, nowMs: number): Result<{ wantedMs: number; span: DataSpan | null }> {
  const seasonsMs = Math.min(SEASONS_HISTORY, (MOST_HISTORY_POINTS * horizonMs) / FEWEST_POINTS_AHEAD);
  const wantedMs = Math.max(SHORTEST_HISTORY, seasonsMs, Math.min(horizonMs * 8, LONGEST_HISTORY));
  const near = dataSpan(reads, query, nowMs - wantedMs, nowMs);
  if (!near.ok) return near;
  // Steps are no finer than the samples are, however near the horizon is.
  const ofSteps = (spacingMs: number): number => Math.min(SEASONS_HISTORY, MOST_HISTORY_POINTS * spacingMs);
  const enough = (spacingMs: number): number => Math.min(LONGEST_HISTORY, Math.max(SAMPLES_WANTED * spacingMs, ofSteps(spacingMs)));
  const enoughMs = near.value === null ? LONGEST_HISTORY : enough(near.value.spacingMs);
  const as = { wantedMs, span: near.value };
  if (enoughMs <= wantedMs) return ok(as);
  const far = dataSpan(reads, query, nowMs - enoughMs, nowMs);
  // What fell silent has its samples closer together than that: it is not continued from where it ended.
  if (!far.ok || far.value === null || (near.value === null && far.value.spacingMs < wantedMs / 2)) return ok(as);
  return ok({ wantedMs: enoughMs, span: far.value });
}

/** What is there of series with fewer than two samples is refused by name. */
function refuseFew(reads: QuerySource, query: string, horizonMs: number, nowMs: number): Result<readonly ForecastSeries[]> {
  const result = runQuery(reads, { query, startMs: nowMs, endMs: nowMs, stepMs: MINUTE });
  if (!result.ok) return result;
  const { value } = result.value;
  if (value.type !== "matrix") return fail("bad_data", "a forecast needs an expression that gives series");
  return ok(
    value.series
      .slice(0, MAX_SERIES)
      .map(({ labels, timestamps, values, histograms }) =>
        histograms === undefined ? { labels, ...forecast({ timestamps, values, horizonMs }) } : { labels, ...notANumber(query) },
      ),
  );
}

/** Which of its numbers is wanted only who asks can say. */
const notANumber = (query: string): ForecastRefusal => {
  const rate = bareSelector(query) === undefined ? query : `rate(${query.trim()}[5m])`;
  return {
    refused: {
      code: "histogram",
      reason: `It is a histogram, and a forecast is of numbers: ask for histogram_avg(${rate}), or for histogram_quantile(0.95, ${rate}).`,
    },
  };
};

/**
 * About 400 points of history and at least 12 ahead, but no finer than the samples are (their distance may waver a little). What a day looks like
 * is lost in steps of more than an hour: a week ahead and six back have steps of one.
 */
function historyStep(historyMs: number, aheadMs: number, spacingMs: number): number {
  const byPoints = Math.min(historyMs / HISTORY_POINTS, aheadMs / FEWEST_POINTS_AHEAD);
  const wanted = aheadMs <= 7 * DAY && historyMs <= MOST_HISTORY_POINTS * HOUR ? Math.min(byPoints, HOUR) : byPoints;
  return STEPS.find((step) => step >= wanted && step >= spacingMs * 0.8) ?? Math.ceil(spacingMs / DAY) * DAY;
}
