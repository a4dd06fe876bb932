/** How many steps of a query fit in memory with the subqueries that are evaluated for them. */
import type { QueryParams } from "../api.ts";
import type { Expr } from "../ast.ts";
import { MAX_SUBQUERY_VALUES } from "./limits.ts";
import { childrenOf } from "./shared-expressions.ts";
import type { Steps } from "./steps.ts";
import { subquerySteps } from "./times.ts";

/** Most steps of which no subquery makes more values than it may, were each of `series` series; at least one. */
export function mostStepsWithin(expr: Expr, params: QueryParams, series: number): number {
  const values = MAX_SUBQUERY_VALUES / Math.max(1, series);
  const fits = (count: number): boolean => largest(expr, { startMs: params.startMs, stepMs: params.stepMs, count }, params) <= values;
  if (largest(expr, { startMs: params.startMs, stepMs: params.stepMs, count: 1 }, params) === 0) return Infinity;
  let low = 1;
  let high = Math.max(1, Math.ceil((params.endMs - params.startMs) / Math.max(1, params.stepMs)) + 1);
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if (fits(middle)) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Steps of the subquery that has the most; 0 without any. */
function largest(expr: Expr, steps: Steps, params: QueryParams): number {
  if (expr.kind === "subquery") {
    const inner = subquerySteps(expr, steps, params);
    return Math.max(inner.count, largest(expr.expr, inner, params));
  }
  return Math.max(0, ...childrenOf(expr).map((child) => largest(child, steps, params)));
}
