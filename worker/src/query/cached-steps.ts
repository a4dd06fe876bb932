import { METRIC_NAME } from "@sightline/shared/model/labels";
import type { QueryParams } from "@sightline/shared/promql/api";
import type { Expr } from "@sightline/shared/promql/ast";
import { selectRequests, typeOf } from "@sightline/shared/promql/engine";
import { childrenOf } from "@sightline/shared/promql/evaluation/shared-expressions";
import { stepCount } from "@sightline/shared/promql/evaluation/steps";
import type { PrometheusQuery } from "../objects/rpc.ts";
import { SILENCE_METRIC } from "../shard/sender-silence.ts";
import { isDerived } from "./derived-series.ts";
import type { CachedSteps } from "./result-cache.ts";

/** Steps that are worth being kept. */
const FEWEST = 2;

/** Times that are the query's and not the step's. */
const QUERY_TIMES = new Set(["start", "end", "range"]);

/** Whether each step has the same value in whatever range it is asked for. */
function standsAlone(expr: Expr): boolean {
  switch (expr.kind) {
    case "number":
    case "string":
      return true;
    case "vector_selector":
      return expr.at === undefined && typeof expr.offset === "number";
    case "matrix_selector":
      return typeof expr.range === "number" && standsAlone(expr.selector);
    case "subquery": {
      const timeless = expr.at === undefined && typeof expr.offset === "number" && typeof expr.range === "number";
      return timeless && typeof (expr.step ?? 0) === "number" && standsAlone(expr.expr);
    }
    case "call":
      return !QUERY_TIMES.has(expr.func) && childrenOf(expr).every(standsAlone);
    default:
      return childrenOf(expr).every(standsAlone);
  }
}

/** What is kept of a query and by which key; null for one of which nothing is. */
export function cachedSteps(expr: Expr, query: PrometheusQuery, params: QueryParams): CachedSteps | null {
  const { startMs, endMs, stepMs } = query;
  if (stepMs <= 0 || query.noCache === true || query.stats === true) return null;
  const count = stepCount(startMs, endMs, stepMs);
  if (count < FEWEST || count - 1 > (params.limits?.maxPointsPerSeries ?? Infinity)) return null;
  if (typeOf(expr) !== "vector" || !standsAlone(expr)) return null;
  let lastMs = endMs;
  for (const request of selectRequests(expr, params)) {
    // What is made of the clock or of judgements, and not of samples alone, must be unable to match.
    const name = request.matchers.find((matcher) => matcher.name === METRIC_NAME && matcher.op === "=")?.value;
    if (name === undefined || name === SILENCE_METRIC || isDerived(name)) return null;
    lastMs = Math.max(lastMs, request.endMs);
  }
  const key = `${query.lookbackMs ?? ""} ${query.rawOnly === true ? "raw" : ""} ${query.query}`;
  // Of the last step, which may lie before the end.
  const lastStepMs = startMs + (count - 1) * stepMs;
  return { key, startMs, endMs: lastStepMs, stepMs, leadMs: Math.max(0, lastMs - lastStepMs) };
}
