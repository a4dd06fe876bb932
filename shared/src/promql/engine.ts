/** The PromQL engine: parse, ask what data a query needs, evaluate over data that are already here. Pure and synchronous. */
import type { NativeHistogram } from "../model/histogram.ts";
import { fail, ok, type Result } from "../model/result.ts";
import type { Expr, MatrixSelector, Subquery } from "./ast.ts";
import type { MatrixSeries, QueryParams, QueryResult, QueryValue, Select, SelectRequest, VectorSample } from "./api.ts";
import { Annotations } from "./evaluation/annotations.ts";
import { DEFAULT_LIMITS, Evaluator } from "./evaluation/evaluator.ts";
import { sortByLabels } from "./evaluation/label-order.ts";
import { mergeColumns } from "./evaluation/merge-columns.ts";
import { MergedReads, mergeRequests } from "./evaluation/merged-requests.ts";
import { withoutMetadata } from "./evaluation/metadata-labels.ts";
import { collectRequests } from "./evaluation/requests.ts";
import { resolveTimes } from "./evaluation/resolve.ts";
import { sharedExpressions } from "./evaluation/shared-expressions.ts";
import { ABSENT, type Column, FLOAT, stepCount, type Steps, timeOf, type Value } from "./evaluation/steps.ts";
import { QueryError } from "./failure.ts";
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
  try {
    return ok(run(expr, params, select));
  } catch (error) {
    if (error instanceof QueryError) return fail(error.code, error.message);
    throw error;
  }
}

function run(source: Expr, params: QueryParams, select: Select): QueryResult {
  const steps = stepsOf(params);
  const instant = params.stepMs <= 0;
  const maxPoints = params.limits?.maxPointsPerSeries ?? DEFAULT_LIMITS.maxPointsPerSeries;
  if (steps.count > maxPoints) {
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
  const evaluator = new Evaluator(params, new MergedReads(requests, select), notes, sharedExpressions(expr));
  const value =
    type === "matrix" ? rangeValue(evaluator, expr, steps) : result(evaluator.evaluate(expr, steps), steps, instant, maxSamplesOf(params));
  return { value, ...notes.list() };
}

const maxSamplesOf = (params: QueryParams): number => params.limits?.maxSamples ?? DEFAULT_LIMITS.maxSamples;

/** Delayed name removal, and the check that no two series became the same. */
function finish(columns: readonly Column[]): Column[] {
  return mergeColumns(
    columns.map((column) => (column.dropName ? { ...column, labels: withoutMetadata(column.labels), dropName: false } : column)),
  );
}

function result(value: Value, steps: Steps, instant: boolean, maxSamples: number): QueryValue {
  if (value.type === "string") return { type: "string", t: steps.startMs, value: value.value };
  if (value.type === "scalar") {
    if (instant) return { type: "scalar", t: steps.startMs, value: value.values[0] ?? NaN };
    return { type: "matrix", series: [{ labels: {}, timestamps: allTimes(steps), values: value.values }] };
  }
  const columns = finish(value.columns);
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
  const series = columns.map((column) => columnSeries(column, steps)).filter((one) => one.timestamps.length > 0);
  return { type: "matrix", series: sortByLabels(series) };
}

function allTimes(steps: Steps): Float64Array {
  const times = new Float64Array(steps.count);
  for (let step = 0; step < steps.count; step++) times[step] = timeOf(steps, step);
  return times;
}

function columnSeries(column: Column, steps: Steps): MatrixSeries {
  let n = 0;
  for (const kind of column.kinds) if (kind !== ABSENT) n++;
  const timestamps = new Float64Array(n);
  const values = new Float64Array(n);
  const histograms = column.histograms === undefined ? undefined : Array.from<NativeHistogram | undefined>({ length: n });
  for (let step = 0, at = 0; step < steps.count; step++) {
    const kind = column.kinds[step];
    if (kind === ABSENT) continue;
    timestamps[at] = timeOf(steps, step);
    if (kind === FLOAT) values[at] = column.values[step] ?? 0;
    else if (histograms !== undefined) histograms[at] = column.histograms?.[step];
    at++;
  }
  return { labels: column.labels, timestamps, values, ...(histograms === undefined ? {} : { histograms }) };
}

/** An instant query of a range vector: the samples themselves. */
function rangeValue(evaluator: Evaluator, expr: Expr, steps: Steps): QueryValue {
  let node = expr;
  while (node.kind === "paren") node = node.expr;
  const { series, read, rangeMs } = evaluator.range(node as MatrixSelector | Subquery, steps);
  const end = read.startMs;
  const out: MatrixSeries[] = [];
  for (const one of series) {
    const points: { readonly t: number; readonly v: number; readonly h?: NativeHistogram }[] = [];
    one.floatTimes.forEach((t, i) => {
      if (t > end - rangeMs && t <= end) points.push({ t, v: one.floats[i] ?? 0 });
    });
    one.histogramTimes.forEach((t, i) => {
      const h = one.histograms[i];
      if (t > end - rangeMs && t <= end && h !== undefined) points.push({ t, v: 0, h });
    });
    if (points.length === 0) continue;
    points.sort((a, b) => a.t - b.t);
    const labels = one.dropName ? withoutMetadata(one.labels) : one.labels;
    out.push({
      labels,
      timestamps: points.map((point) => point.t),
      values: points.map((point) => point.v),
      ...(points.some((point) => point.h !== undefined) ? { histograms: points.map((point) => point.h) } : {}),
    });
  }
  return { type: "matrix", series: sortByLabels(out) };
}
