/** Other forms of a rule's expression: with another threshold, and one that asks whether there are data at all. */
import type { Binary, ComparisonOp, Expr } from "../promql/ast.ts";
import { leftSpine, mapOperands } from "../promql/left-spine.ts";

const COMPARISONS: ReadonlySet<string> = new Set<ComparisonOp>(["==", "!=", ">", "<", ">=", "<="]);

/** The same comparison with its sides changed about. */
const MIRRORED: Readonly<Record<ComparisonOp, ComparisonOp>> = { "==": "==", "!=": "!=", ">": "<", "<": ">", ">=": "<=", "<=": ">=" };

const isComparison = (op: string): op is ComparisonOp => COMPARISONS.has(op);

export interface ThresholdComparison {
  readonly node: Binary;
  /** As if the constant stood on the right. */
  readonly op: ComparisonOp;
  readonly threshold: number;
}

const constantOf = (expr: Expr): number | null => {
  if (expr.kind === "number") return expr.value;
  if (expr.kind === "paren") return constantOf(expr.expr);
  if (expr.kind !== "unary") return null;
  const value = constantOf(expr.expr);
  return value === null ? null : expr.op === "-" ? -value : value;
};

/** The outermost comparison with a number; of `a and b`, `a unless b` that of `a`. Null where there is none. */
export function thresholdComparison(expr: Expr): ThresholdComparison | null {
  if (expr.kind === "paren") return thresholdComparison(expr.expr);
  if (expr.kind !== "binary") return null;
  if (expr.op === "and" || expr.op === "unless") {
    let { left } = expr;
    while (left.kind === "binary" && (left.op === "and" || left.op === "unless")) ({ left } = left);
    return thresholdComparison(left);
  }
  if (!isComparison(expr.op)) return null;
  const right = constantOf(expr.right);
  if (right !== null) return { node: expr, op: expr.op, threshold: right };
  const left = constantOf(expr.left);
  return left === null ? null : { node: expr, op: MIRRORED[expr.op], threshold: left };
}

/** What the outermost comparison compares; null where there is none. */
export function comparedOperand(expr: Expr): Expr | null {
  const found = thresholdComparison(expr);
  if (found === null) return null;
  return constantOf(found.node.right) === null ? found.node.right : found.node.left;
}

/** The inclusive comparison of the same direction; null for `==` and `!=`, which have none. */
const INCLUSIVE: Readonly<Record<ComparisonOp, ComparisonOp | null>> = {
  ">": ">=",
  ">=": ">=",
  "<": "<=",
  "<=": "<=",
  "==": null,
  "!=": null,
};

/**
 * What still holds until the recovery threshold is passed: `cpu > 90` with 80 gives `cpu >= 80`. Null without a
 * comparison with a number, for `==` and `!=`, and where 80 lies on the wrong side of 90.
 */
export function withRecoveryThreshold(expr: Expr, recovery: number): Expr | null {
  const found = thresholdComparison(expr);
  if (found === null) return null;
  const above = found.op.startsWith(">");
  if (INCLUSIVE[found.op] === null || (above ? recovery > found.threshold : recovery < found.threshold)) return null;
  const { node } = found;
  const op = INCLUSIVE[node.op as ComparisonOp] ?? node.op;
  const span = node.span;
  const number: Expr = { kind: "number", value: recovery, duration: false, span };
  const changed: Binary = constantOf(node.right) === null ? { ...node, op, left: number } : { ...node, op, right: number };
  return replaced(expr, node, changed);
}

function replaced(expr: Expr, node: Binary, by: Binary): Expr {
  if (expr === node) return by;
  if (expr.kind === "paren") return { ...expr, expr: replaced(expr.expr, node, by) };
  if (expr.kind !== "binary") return expr;
  const spine = leftSpine(expr);
  let left = replaced(spine[0].left, node, by);
  for (const operation of spine) left = operation === node ? by : { ...operation, left };
  return left;
}

/** An expression that says something where others say nothing: its silence is no gap. */
const ABSENCE: ReadonlySet<string> = new Set(["absent", "absent_over_time"]);

/**
 * Gives a value for every series that the rule could judge, whether its condition holds or not: comparisons answer 0 or 1
 * in place of filtering. Null where silence is what the rule looks for (`absent`, `unless`).
 */
export function presenceForm(expr: Expr): Expr | null {
  switch (expr.kind) {
    case "paren":
    case "unary":
    case "subquery": {
      const inner = presenceForm(expr.expr);
      return inner === null ? null : { ...expr, expr: inner };
    }
    case "aggregate": {
      const inner = presenceForm(expr.expr);
      return inner === null ? null : { ...expr, expr: inner };
    }
    case "call": {
      if (ABSENCE.has(expr.func)) return null;
      const args = expr.args.map(presenceForm);
      return args.every((arg) => arg !== null) ? { ...expr, args } : null;
    }
    case "binary": {
      return mapOperands(expr, presenceForm, (node, left, right) =>
        node.op === "unless" ? null : { ...node, left, right, bool: node.bool || isComparison(node.op) },
      );
    }
    default:
      return expr;
  }
}
