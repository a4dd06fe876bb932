import { formatDuration } from "@sightline/shared/model/duration";
import type { Result } from "@sightline/shared/model/result";
import { fail, ok } from "@sightline/shared/model/result";
import { firstAfter } from "@sightline/shared/promql/select/first-after";
import type { MatrixSeries } from "@sightline/shared/promql/api";
import type { Expr } from "@sightline/shared/promql/ast";
import { parseQuery } from "@sightline/shared/promql/engine";
import { childrenOf } from "@sightline/shared/promql/evaluation/shared-expressions";
import type { Labels } from "@sightline/shared/model/labels";
import { bareSelector } from "./bare-selector.ts";
import { countsUp } from "./counts-up.ts";
import { coveredTime } from "./covered-time.ts";
import { dataSpan, readsSamples } from "./data-span.ts";
import { histogramMeans } from "./histogram-means.ts";
import { type MeanOfSteps, meanOfExpression, meanOfSteps, readMeans } from "./mean-of-steps.ts";
import type { QuerySource } from "./query-source.ts";
import { ofWholeWindows } from "./whole-windows.ts";

const SECOND = 1000;
const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21_600, 43_200, 86_400].map((seconds) => seconds * SECOND);
const DAY_MS = 86_400_000;
const LOOKBACK_MS = 300_000;
/** What reports by the hour may be silent for so long. */
export const HOURLY_MS = 4_200_000;
const MOST_POINTS = 5000;

export interface History {
  readonly series: readonly MatrixSeries[];
  /** What was evaluated: of a bare counter, its rate; of histograms, their mean. */
  readonly query: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly stepMs: number;
  /** Of the samples beneath, ms. */
  readonly spacingMs: number;
  /** Whether each value is the mean of the samples of its step. */
  readonly areMeans: boolean;
  /** The time before its time stamp that a value is of, ms: from its first sample to its last; 0 of what is read at an instant. */
  readonly coversMs: number;
  /** How far back such an instant looks. */
  readonly lookbackMs: number;
}

export interface HistoryRequest {
  /** `$step` in it stands for the time between two points or two samples, the longer; `$range` for no less than four samples, `$stretch` for no less than 5 min. */
  readonly query: string;
  readonly startMs: number;
  readonly endMs: number;
  /** About so many points are wanted. */
  readonly points: number;
  readonly maxSeries: number;
  /** Another stretch of the same expression, to be read as that was. */
  readonly like?: Pick<History, "stepMs" | "spacingMs" | "areMeans">;
  /** A bare counter as it counts, not its rate. */
  readonly counts?: boolean;
}

/**
 * The series of an expression over a stretch of time in about so many points, no finer than the samples lie. A bare gauge gives its mean
 * of every step, a bare counter its rate over its resets, and histograms their mean. Failures: those of a query, `limit`.
 */
export function readHistory(reads: QuerySource, request: HistoryRequest): Result<History> {
  const { startMs, endMs, maxSeries } = request;
  const shape = request.like === undefined ? shapeOf(reads, request) : ok({ ...request.like, firstMs: startMs });
  if (!shape.ok) return shape;
  const { firstMs, spacingMs } = shape.value;
  const from = Math.max(startMs, firstMs);
  // What is like a short stretch may be long.
  const finest = (endMs - from) / MOST_POINTS;
  const stepMs = Math.max(shape.value.stepMs, STEPS.find((step) => step >= finest) ?? Math.ceil(finest));
  const seconds = (ms: number): number => Math.ceil(ms / SECOND) * SECOND;
  const rangeMs = seconds(Math.max(stepMs, 4 * spacingMs));
  const ranged = withDurations(request.query, seconds(Math.max(stepMs, spacingMs)), rangeMs);
  const bare = bareSelector(ranged);
  const isCounter = countsUp(reads, bare, spacingMs, endMs);
  const isRate = request.counts !== true && isCounter && bare !== undefined;
  const counted = isRate ? bare.over("rate", rangeMs) : ranged;
  const last = Math.floor(endMs / stepMs) * stepMs;
  const first = Math.min(last, Math.ceil(from / stepMs) * stepMs);
  let lookbackMs = lookbackIn(ranged, spacingMs, stepMs);
  const asIs = { query: counted, named: (labels: Labels) => labels };
  const ofExpression =
    bare === undefined && request.like?.areMeans !== false
      ? meanOfExpression(counted, { stepMs, spacingMs, lastsMs: last - first + stepMs })
      : null;
  const ofMetric = meanOfSteps(counted, isCounter ? undefined : bare, stepMs, spacingMs);
  let means: Pick<MeanOfSteps, "query" | "ofFinite" | "everyMs" | "named"> = request.counts === true ? asIs : (ofExpression ?? ofMetric);
  /** Of rates, those over windows that are filled from end to end. */
  const wholeOf = (rates: readonly MatrixSeries[]): readonly MatrixSeries[] => {
    const since = rates.map((one) => sinceWhole(one, startMs + 2 * spacingMs + stepMs, rangeMs - spacingMs));
    const query = bare?.over("count_over_time", rangeMs) ?? "";
    const counts = readMeans(reads, { query }, { startMs: first, endMs: last, stepMs, lookbackMs });
    if (!counts.ok || counts.value.value.type !== "matrix") return since;
    return ofWholeWindows(since, counts.value.value.series, Math.ceil(rangeMs / stepMs), stepMs);
  };
  const read = (asked: string): Result<readonly MatrixSeries[]> => {
    const asking = asked === counted ? means : { ...asIs, query: asked };
    const result = readMeans(reads, asking, { startMs: first, endMs: last, stepMs, lookbackMs });
    if (!result.ok) return result;
    const { value } = result.value;
    if (value.type !== "matrix") return fail("bad_data", "this needs an expression that gives series");
    if (value.series.length > maxSeries)
      return fail("limit", `the expression gives ${value.series.length} series, at most ${maxSeries}; narrow it or aggregate`);
    const whole = isRate ? wholeOf(value.series) : value.series;
    return ok(whole.map((series) => ({ ...series, labels: asking.named(series.labels) })));
  };
  let found = read(counted);
  if (!found.ok && found.error.code === "limit" && lookbackMs > lookbackOf(spacingMs)) {
    // So far back there is too much that has ended.
    lookbackMs = lookbackOf(spacingMs);
    found = read(counted);
  }
  if (!found.ok && found.error.code === "limit" && means.everyMs !== undefined && request.like === undefined) {
    // What came and went between two steps is too much.
    means = asIs;
    found = read(counted);
  }
  if (!found.ok) return found;
  const judged = histogramMeans({ query: counted, series: found.value }, rangeMs, read);
  if (!judged.ok) return judged;
  const areMeans = (means.query !== counted || means === ofExpression) && judged.value.query === counted;
  const coversMs = areMeans ? stepMs - spacingMs : coveredTime(judged.value.query, spacingMs);
  return ok({ ...judged.value, startMs: first, endMs: last, stepMs, spacingMs, areMeans, coversMs, lookbackMs });
}

/** How far back before its time a value reaches for samples, ms; 0 of what is read at an instant. */
export const reachOf = ({ coversMs, spacingMs }: Pick<History, "coversMs" | "spacingMs">): number =>
  coversMs > 0 ? coversMs + spacingMs : 0;

/** Of a rate whose series begins after `bornMs`: without the values of windows that reach back beyond its first sample, which have a part of it. */
function sinceWhole(series: MatrixSeries, bornMs: number, reachMs: number): MatrixSeries {
  const first = series.timestamps[0] ?? 0;
  if (first <= bornMs) return series;
  const from = firstAfter(Float64Array.from(series.timestamps), first + reachMs - 1);
  const { labels, timestamps, values, histograms } = series;
  const kept = { labels, timestamps: timestamps.slice(from), values: values.slice(from) };
  return histograms === undefined ? kept : { ...kept, histograms: histograms.slice(from) };
}

/**
 * Beside a series that is sent every few seconds others may be sent every quarter of an hour: instants look as far back as a step, an hour at
 * most. Not in what is aggregated, where what has ended would be counted beside what took its place.
 */
export function lookbackIn(query: string, spacingMs: number, stepMs: number): number {
  const parsed = parseQuery(query);
  const aggregates = (expr: Expr): boolean => expr.kind === "aggregate" || childrenOf(expr).some(aggregates);
  return Math.max(lookbackOf(spacingMs), !parsed.ok || aggregates(parsed.value) ? 0 : Math.min(stepMs, HOURLY_MS));
}

/** Distances may waver a little. */
export const lookbackOf = (spacingMs: number): number => Math.max(LOOKBACK_MS, Math.ceil(1.2 * spacingMs));

/** As it is asked at one time, over what is looked back on. */
export const atInstant = (query: string, lookbackMs: number): string => withDurations(query, LOOKBACK_MS, lookbackMs);

const withDurations = (query: string, stepMs: number, rangeMs: number): string =>
  query
    .replaceAll("$step", formatDuration(stepMs))
    .replaceAll("$range", formatDuration(rangeMs))
    .replaceAll("$stretch", formatDuration(Math.max(stepMs, LOOKBACK_MS)));

const wholeDays = (ms: number): number => Math.max(1, Math.ceil(ms / DAY_MS)) * DAY_MS;

function shapeOf(
  reads: QuerySource,
  { query, startMs, endMs, points }: HistoryRequest,
): Result<{ firstMs: number; spacingMs: number; stepMs: number }> {
  const read = atInstant(query, LOOKBACK_MS);
  const span = dataSpan(reads, read, startMs, endMs);
  if (!span.ok) return span;
  // One sample is one point, however often it is looked back on.
  if (span.value === null && readsSamples(read)) return ok({ firstMs: endMs, spacingMs: endMs - startMs, stepMs: SECOND });
  const { firstMs, spacingMs } = span.value ?? { firstMs: startMs, spacingMs: (endMs - startMs) / points };
  const wanted = (endMs - Math.max(startMs, firstMs)) / points;
  // Distances may waver a little.
  const stepMs = STEPS.find((step) => step >= wanted && step >= spacingMs * 0.8) ?? Math.max(Math.ceil(wanted), wholeDays(spacingMs * 0.8));
  return ok({ firstMs, spacingMs, stepMs });
}
