import type { Expr } from "@sightline/shared/promql/ast";
import { parseQuery } from "@sightline/shared/promql/engine";
import { childrenOf } from "@sightline/shared/promql/evaluation/shared-expressions";

/** What they give stands for all of the range alike. */
const OF_ALL = new Set(["rate", "increase", "delta", "deriv", "avg_over_time", "sum_over_time", "count_over_time"]);

/**
 * The time before its time stamp that the value of an expression stands for, ms: from the first sample in its longest range to the last; 0 of
 * what is read at an instant, and of an expression that cannot be parsed.
 */
export function coveredTime(query: string, spacingMs: number): number {
  const longest = (exprs: readonly Expr[]): number => Math.max(0, ...exprs.map(of));
  const of = (expr: Expr): number => {
    const range = expr.kind === "call" && OF_ALL.has(expr.func) ? expr.args[0] : undefined;
    if (range?.kind === "matrix_selector") return typeof range.range === "number" ? Math.max(0, range.range - spacingMs) : 0;
    if (range?.kind === "subquery") return (typeof range.range === "number" ? range.range : 0) + of(range.expr);
    return longest(childrenOf(expr));
  };
  const parsed = parseQuery(query);
  return parsed.ok ? of(parsed.value) : 0;
}
