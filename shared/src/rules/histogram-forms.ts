/**
 * A reading that takes a metric of either kind, `(histogram_avg(rate(m[5m])) or avg_over_time(m[5m]))`: its left side gives
 * a value for native histograms alone, its right side for numbers. Apart, the one runs on its interval and the other may stream.
 */
import type { Expr } from "../promql/ast.ts";

type Kind = "floats" | "histograms";

/** The expression with such readings reduced to one kind; null where it has none. */
export function ofKind(expr: Expr, kind: Kind): Expr | null {
  const found = { readings: 0 };
  const reduced = reduce(expr, kind, found);
  return found.readings === 0 ? null : reduced;
}

function reduce(expr: Expr, kind: Kind, found: { readings: number }): Expr {
  if (expr.kind === "paren") {
    const inner = reduce(expr.expr, kind, found);
    return inner.kind === "call" ? inner : { ...expr, expr: inner };
  }
  if (expr.kind === "unary") return { ...expr, expr: reduce(expr.expr, kind, found) };
  if (expr.kind !== "binary") return expr;
  const { left, right, op } = expr;
  if (op === "or" && left.kind === "call" && left.func.startsWith("histogram_")) {
    found.readings++;
    return kind === "histograms" ? left : right;
  }
  return { ...expr, left: reduce(left, kind, found), right: reduce(right, kind, found) };
}
