/**
 * The low-traffic guard: of three requests one failed is a third, and no outage. From a rule's expression follows what it
 * counts (a ratio its denominator, a quantile its observations, `avg_over_time` its samples), and the rule holds only
 * where there was enough of it.
 */
import { type Result, fail, ok } from "../model/result.ts";
import type { Binary, Expr, MatrixSelector } from "../promql/ast.ts";
import { parseQuery } from "../promql/engine.ts";
import { printExpr } from "../promql/format/print.ts";
import { mapOperands } from "../promql/left-spine.ts";
import { comparedOperand } from "./expression-forms.ts";

export interface TrafficBound {
  /** Events or samples within the rule's window. */
  readonly minSamples?: number | undefined;
  /** A second. */
  readonly minRate?: number | undefined;
}

const LE = "le";

const ADVICE =
  "the guard follows from a ratio of rates, a histogram_quantile, a rate, an increase or a function over time; write `… and sum(increase(requests_total[5m])) >= 20` into the expression where it is none of these";

/** The expression with its guard. Fails with `bad_rule` where it cannot be seen what is counted. */
export function guardedExpression(expr: Expr, { minSamples, minRate }: TrafficBound): Result<Expr> {
  if (minSamples === undefined && minRate === undefined) return ok(expr);
  const operand = comparedOperand(expr);
  const bounds: string[] = [];
  for (const [bound, unit] of [
    [minSamples, "count"],
    [minRate, "rate"],
  ] as const) {
    if (bound === undefined) continue;
    const traffic = operand === null ? null : trafficOf(operand, unit);
    if (traffic === null) return fail("bad_rule", `it cannot be seen what the rule counts: ${ADVICE}`);
    bounds.push(`(${traffic} >= ${bound})`);
  }
  return parseQuery(`(${printExpr(expr)}) and ${bounds.join(" and ")}`, { experimentalFunctions: true });
}

/** Of a native histogram, which is their one argument. */
const OF_OBSERVATIONS: ReadonlySet<string> = new Set(["histogram_avg", "histogram_sum", "histogram_stddev", "histogram_stdvar"]);

type Unit = "count" | "rate";

/** PromQL of what flows through an expression; null where that is not known. */
function trafficOf(expr: Expr, unit: Unit): string | null {
  if (expr.kind === "paren") return trafficOf(expr.expr, unit);
  if (expr.kind === "binary") {
    const { left, right, op, matching } = expr;
    if (left.kind === "number" && (op === "-" || op === "*")) return trafficOf(right, unit);
    if (right.kind === "number" && (op === "-" || op === "+" || op === "*" || op === "/")) return trafficOf(left, unit);
    if (op === "or") {
      const [l, r] = [trafficOf(left, unit), trafficOf(right, unit)];
      return l === null || r === null ? null : `(${l} or ${r})`;
    }
    const plain = matching === undefined || (!matching.on && matching.labels.length === 0 && matching.cardinality === "one-to-one");
    return op === "/" && plain ? countedIn(right, unit) : null;
  }
  if (expr.kind === "call" && expr.func === "histogram_quantile" && expr.args[1] !== undefined) return observationsOf(expr.args[1], unit);
  if (expr.kind === "call" && OF_OBSERVATIONS.has(expr.func) && expr.args[0] !== undefined) return observationsOf(expr.args[0], unit);
  if (expr.kind === "call" && expr.func.endsWith("_over_time")) return samplesOf(expr.args.at(-1), unit);
  return countedIn(expr, unit);
}

/** Of sums of rates and increases: the same with the one or the other throughout. */
function countedIn(expr: Expr, unit: Unit): string | null {
  const found = { rates: 0 };
  const changed = mapped(expr, (node) => {
    if (node.kind !== "call" || (node.func !== "rate" && node.func !== "increase")) return null;
    found.rates++;
    return { ...node, func: unit === "rate" ? "rate" : "increase" };
  });
  return found.rates === 0 ? null : printExpr(changed);
}

/** Of a histogram's rate: how many observations. Classic buckets are told by their label. */
function observationsOf(expr: Expr, unit: Unit): string | null {
  let classic = false;
  const infinite = mapped(expr, (node) => {
    if (node.kind !== "vector_selector" && node.kind !== "matrix_selector") return null;
    const selector = node.kind === "matrix_selector" ? node.selector : node;
    const { name } = selector;
    if (!name.endsWith("_bucket")) return null;
    classic = true;
    const matchers = [...selector.matchers, { name: LE, op: "=" as const, value: "+Inf" }];
    return node.kind === "matrix_selector" ? { ...node, selector: { ...selector, matchers } } : { ...node, matchers };
  });
  const counted = countedIn(infinite, unit);
  if (counted === null) return null;
  return classic ? `sum without (${LE}) (${counted})` : `histogram_count(${counted})`;
}

function samplesOf(range: Expr | undefined, unit: Unit): string | null {
  if (range?.kind !== "matrix_selector" || typeof range.range !== "number") return null;
  const count = `count_over_time(${printExpr(range satisfies MatrixSelector)})`;
  return unit === "count" ? count : `${count} / ${range.range / 1000}`;
}

/** A copy in which `change` may replace a node; it is asked from the inside out. */
function mapped(expr: Expr, change: (node: Expr) => Expr | null): Expr {
  let inner: Expr = expr;
  if (expr.kind === "paren" || expr.kind === "unary" || expr.kind === "subquery" || expr.kind === "aggregate")
    inner = { ...expr, expr: mapped(expr.expr, change) };
  else if (expr.kind === "call") inner = { ...expr, args: expr.args.map((arg) => mapped(arg, change)) };
  else if (expr.kind === "binary") {
    // Asked about each operation of a row as well as about the operands.
    const operation = (node: Binary, left: Expr, right: Expr): Expr => {
      const whole = { ...node, left, right };
      return change(whole) ?? whole;
    };
    return mapOperands(expr, (operand) => mapped(operand, change), operation) ?? expr;
  }
  return change(inner) ?? inner;
}
