/** The PromQL engine: parse, ask what data a query needs, evaluate over data that are already here. Pure and synchronous. */
import type { NativeHistogram } from "../model/histogram.ts";
import { fail, ok, type Result } from "../model/result.ts";
import type { Expr, MatrixSelector, Subquery } from "./ast.ts";
import type { MatrixSeries, QueryParams, QueryResult, QueryValue, Select, SelectRequest, VectorSample } from "./api.ts";
import { Annotations } from "./evaluation/annotations.ts";
import { Evaluator } from "./evaluation/evaluator.ts";
import { DEFAULT_LIMITS } from "./evaluation/limits.ts";
import { sortByLabels } from "./evaluation/label-order.ts";
import { mergeColumns } from "./evaluation/merge-columns.ts";
import { MergedReads, mergeRequests } from "./evaluation/merged-requests.ts";
import { finish, Pace, SERIES_NS, type Stepwise } from "./evaluation/pace.ts";
import { QueryMemory } from "./evaluation/query-memory.ts";
import { withoutMetadata } from "./evaluation/metadata-labels.ts";
import { collectRequests } from "./evaluation/requests.ts";
import { resolveTimes } from "./evaluation/resolve.ts";
import { samplesOfWindows } from "./evaluation/sample-tally.ts";
import { sharedExpressions } from "./evaluation/shared-expressions.ts";
import { ABSENT, allTimes, type Column, FLOAT, stepCount, type Steps, type Value } from "./evaluation/steps.ts";
import { QueryError } from "./failure.ts";
import { DEFAULT_LOOKBACK_MS } from "./evaluation/times.ts";
import { extendedPoints } from "./select/extended-points.ts";
import { firstAfter } from "./select/first-after.ts";
import type { WindowSeries } from "./select/window-series.ts";
import { typeOf } from "./parse/check.ts";

export { parseQuery, type ParseOptions } from "./parse/parse.ts";
export { typeOf } from "./parse/check.ts";

const stepsOf = (params: QueryParams): Steps => ({
  startMs: params.startMs,
  stepMs: params.stepMs,
  count: stepCount(params.startMs, params.endMs, params.stepMs),
});

/** What the query will read; selectors of the same series whose times overlap are one request. Empty for a query that `evaluate` refuses. */
export function selectRequests(expr: Expr, params: QueryParams): SelectRequest[] {
  try {
    const all: SelectRequest[] = [];
    collectRequests(resolveTimes(expr, params), stepsOf(params), params, all);
    return [...new Set(mergeRequests(all).values())];
  } catch (error) {
    if (error instanceof QueryError) return [];
    throw error;
  }
}

/**
 * Evaluates a checked tree. `select` is asked exactly what `selectRequests` lists. Fails with `execution` (the query's
 * own error), `bad_data` (range or type does not fit), `canceled`, or `limit` with the limit's name.
 */
export function evaluate(expr: Expr, params: QueryParams, select: Select): Result<QueryResult> {
  return finish(evaluateStepwise(expr, params, select, new Pace(Infinity), new QueryMemory(params.limits?.maxBytes)));
}

/** The same, stopping whenever `pace` says so; `memory` counts what is held, what it has counted already included. */
export function* evaluateStepwise(
  expr: Expr,
  params: QueryParams,
  select: Select,
  pace: Pace,
  memory: QueryMemory,
): Stepwise<Result<QueryResult>> {
  try {
    return ok(yield* run(expr, params, select, pace, memory));
  } catch (error) {
    if (error instanceof QueryError) return fail(error.code, error.message);
    throw error;
  }
}

function* run(source: Expr, params: QueryParams, select: Select, pace: Pace, memory: QueryMemory): Stepwise<QueryResult> {
  const steps = stepsOf(params);
  const instant = params.stepMs <= 0;
  const maxPoints = params.limits?.maxPointsPerSeries ?? DEFAULT_LIMITS.maxPointsPerSeries;
  if (steps.count - 1 > maxPoints) {
    throw new QueryError(
      "limit",
      `exceeded maximum resolution of ${maxPoints} points per timeseries. Try decreasing the query resolution (?step=XX)`,
    );
  }
  const expr = resolveTimes(source, params);
  const type = typeOf(expr);
  if (!instant && (type === "string" || type === "matrix")) {
    throw new QueryError(
      "bad_data",
      `invalid expression type ${JSON.stringify(type === "matrix" ? "range vector" : "string")} for range query, must be Scalar or instant Vector`,
    );
  }
  const notes = new Annotations("");
  const requests: SelectRequest[] = [];
  collectRequests(expr, steps, params, requests);
  const evaluator = new Evaluator(params, new MergedReads(requests, select), notes, sharedExpressions(expr), pace, memory);
  const value =
    type === "matrix"
      ? yield* rangeValue(evaluator, expr, steps)
      : yield* result(yield* evaluator.evaluate(expr, steps), steps, instant, maxSamplesOf(params), pace);
  return { value, ...notes.list() };
}

const maxSamplesOf = (params: QueryParams): number => params.limits?.maxSamples ?? DEFAULT_LIMITS.maxSamples;

/** Delayed name removal, and the check that no two series became the same. */
function* finished(columns: readonly Column[], pace: Pace): Stepwise<Column[]> {
  const named: Column[] = [];
  for (const column of columns) {
    named.push(column.dropName ? { ...column, labels: withoutMetadata(column.labels), dropName: false } : column);
    if (pace.spend(SERIES_NS)) yield;
  }
  return yield* mergeColumns(named, pace);
}

function* result(value: Value, steps: Steps, instant: boolean, maxSamples: number, pace: Pace): Stepwise<QueryValue> {
  if (value.type === "string") return { type: "string", t: steps.startMs, value: value.value };
  if (value.type === "scalar") {
    if (instant) return { type: "scalar", t: steps.startMs, value: value.values[0] ?? NaN };
    return { type: "matrix", series: [{ labels: {}, timestamps: allTimes(steps), values: value.values }] };
  }
  const columns = yield* finished(value.columns, pace);
  if (columns.length * steps.count > maxSamples) {
    throw new QueryError(
      "limit",
      `the result would hold ${columns.length * steps.count} samples: the limit maxSamples is ${maxSamples}; aggregate, or use a longer step`,
    );
  }
  if (instant) {
    const samples: VectorSample[] = [];
    for (const column of columns) {
      if (column.kinds[0] === ABSENT) continue;
      const histogram = column.kinds[0] === FLOAT ? undefined : column.histograms?.[0];
      samples.push({
        labels: column.labels,
        t: steps.startMs,
        value: histogram === undefined ? (column.values[0] ?? 0) : 0,
        ...(histogram === undefined ? {} : { histogram }),
      });
    }
    return { type: "vector", samples };
  }
  const series: MatrixSeries[] = [];
  const times = allTimes(steps);
  for (const column of columns) {
    const one = columnSeries(column, times);
    if (one.timestamps.length > 0) series.push(one);
    if (pace.spend(SERIES_NS + steps.count * 3)) yield;
  }
  return { type: "matrix", series: yield* sortByLabels(series, pace) };
}

/** `times` are those of all steps, which a column without gaps shares, or with gaps at its ends alone. */
function columnSeries(column: Column, times: Float64Array): MatrixSeries {
  const { kinds } = column;
  let n = 0;
  let first = times.length;
  let end = 0;
  for (let step = 0; step < times.length; step++) {
    if (kinds[step] === ABSENT) continue;
    if (n++ === 0) first = step;
    end = step + 1;
  }
  if (n === times.length && column.histograms === undefined) return { labels: column.labels, timestamps: times, values: column.values };
  if (n === end - first && column.histograms === undefined)
    return { labels: column.labels, timestamps: times.subarray(first, end), values: column.values.subarray(first, end) };
  const timestamps = new Float64Array(n);
  const values = new Float64Array(n);
  const histograms = column.histograms === undefined ? undefined : Array.from<NativeHistogram | undefined>({ length: n });
  for (let step = 0, at = 0; step < times.length; step++) {
    const kind = kinds[step];
    if (kind === ABSENT) continue;
    timestamps[at] = times[step] as number;
    if (kind === FLOAT) values[at] = column.values[step] ?? 0;
    else if (histograms !== undefined) histograms[at] = column.histograms?.[step];
    at++;
  }
  return { labels: column.labels, timestamps, values, ...(histograms === undefined ? {} : { histograms }) };
}

/** An instant query of a range vector: the samples themselves. */
function* rangeValue(evaluator: Evaluator, expr: Expr, steps: Steps): Stepwise<QueryValue> {
  let node = expr;
  while (node.kind === "paren") node = node.expr;
  const { series, read, rangeMs } = yield* evaluator.range(node as MatrixSelector | Subquery, steps);
  const { tally } = evaluator.params;
  if (tally !== undefined && node.kind === "matrix_selector")
    tally.samples += yield* samplesOfWindows(series, read, rangeMs, evaluator.pace);
  const end = read.startMs;
  const extension = node.kind === "matrix_selector" ? node.selector.extension : undefined;
  const out: MatrixSeries[] = [];
  for (const one of series) {
    const inside =
      extension !== undefined && one.histogramTimes.length === 0
        ? extendedPoints(one, end - rangeMs, end, extension, evaluator.params.lookbackMs ?? DEFAULT_LOOKBACK_MS)
        : samplesInside(one, end - rangeMs, end);
    if (inside !== null) out.push({ labels: one.dropName ? withoutMetadata(one.labels) : one.labels, ...inside });
    if (evaluator.pace.spend(SERIES_NS)) yield;
  }
  return { type: "matrix", series: yield* sortByLabels(out, evaluator.pace) };
}

/** Samples with startMs < t <= endMs; null when there are none. */
function samplesInside(series: WindowSeries, startMs: number, endMs: number): Omit<MatrixSeries, "labels"> | null {
  const { floatTimes, floats, histogramTimes, histograms } = series;
  const from = firstAfter(floatTimes, startMs);
  const to = firstAfter(floatTimes, endMs);
  const timestamps = floatTimes.subarray(from, to);
  const values = floats.subarray(from, to);
  const points: { readonly t: number; readonly v: number; readonly h?: NativeHistogram }[] = [];
  histogramTimes.forEach((t, i) => {
    const h = histograms[i];
    if (t > startMs && t <= endMs && h !== undefined) points.push({ t, v: 0, h });
  });
  if (points.length === 0) return from < to ? { timestamps, values } : null;
  timestamps.forEach((t, i) => points.push({ t, v: values[i] ?? 0 }));
  points.sort((a, b) => a.t - b.t);
  return { timestamps: points.map(({ t }) => t), values: points.map(({ v }) => v), histograms: points.map(({ h }) => h) };
}
