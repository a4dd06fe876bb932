/** An expression over several lines where one would be longer than 100 characters (Prometheus `promql/parser/prettier.go`). */
import type { Expr } from "../ast.ts";
import { aggregateHead, binaryOperator, printExpr, subquerySuffix } from "./print.ts";

const LINE = 100;
const indent = (level: number): string => "  ".repeat(level);

export function prettyExpr(expr: Expr, level = 0): string {
  const line = printExpr(expr);
  const fits = line.length <= LINE;
  const margin = indent(level);
  switch (expr.kind) {
    case "aggregate": {
      if (fits) break;
      const param = expr.param === undefined ? "" : `${prettyExpr(expr.param, level + 1)},\n`;
      return `${margin}${aggregateHead(expr)}(\n${param}${prettyExpr(expr.expr, level + 1)}\n${margin})`;
    }
    case "binary":
      if (fits) break;
      return `${prettyExpr(expr.left, level + 1)}\n${margin}${binaryOperator(expr)}\n${prettyExpr(expr.right, level + 1)}`;
    case "call":
      if (fits) break;
      return `${margin}${expr.func}(\n${expr.args.map((arg) => prettyExpr(arg, level + 1)).join(",\n")}\n${margin})`;
    case "paren":
      if (fits) break;
      return `${margin}(\n${prettyExpr(expr.expr, level + 1)}\n${margin})`;
    case "subquery":
      // Without its margin, as Prometheus has it.
      return fits ? line : prettyExpr(expr.expr, level) + subquerySuffix(expr);
    case "unary":
      return `${margin}${expr.op}${prettyExpr(expr.expr, level).trim()}`;
    default:
  }
  return margin + line;
}
