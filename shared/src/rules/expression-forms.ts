/** Other forms of a rule's expression: with another threshold, and one that asks whether there are data at all. */
import type { Binary, ComparisonOp, Expr, MatrixSelector } from "../promql/ast.ts";
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

/** The outermost comparisons with a number: one of each side of `or`, of `a and b`, `a unless b` that of `a`. Null where one has none. */
function comparisonsOf(expr: Expr): readonly ThresholdComparison[] | null {
  if (expr.kind === "paren") return comparisonsOf(expr.expr);
  if (expr.kind !== "binary") return null;
  if (expr.op === "and" || expr.op === "unless") {
    let { left } = expr;
    while (left.kind === "binary" && (left.op === "and" || left.op === "unless")) ({ left } = left);
    return comparisonsOf(left);
  }
  if (expr.op === "or") {
    const sides: Expr[] = [];
    let left: Expr = expr;
    for (; left.kind === "binary" && left.op === "or"; { left } = left) sides.push(left.right);
    const found = [left, ...sides.toReversed()].map(comparisonsOf);
    return found.every((one) => one !== null) ? found.flat() : null;
  }
  if (!isComparison(expr.op)) return null;
  const right = constantOf(expr.right);
  if (right !== null) return [{ node: expr, op: expr.op, threshold: right }];
  const left = constantOf(expr.left);
  return left === null ? null : [{ node: expr, op: MIRRORED[expr.op], threshold: left }];
}

/** The first of the outermost comparisons with a number, where all that `or` joins say the same. Null where there is none. */
export function thresholdComparison(expr: Expr): ThresholdComparison | null {
  const [first, ...others] = comparisonsOf(expr) ?? [];
  if (first === undefined) return null;
  return others.every(({ op, threshold }) => op === first.op && threshold === first.threshold) ? first : null;
}

/** What the outermost comparison compares; null where there is none, or more than one. */
export function comparedOperand(expr: Expr): Expr | null {
  const [found, ...others] = comparisonsOf(expr) ?? [];
  if (found === undefined || others.length > 0) return null;
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
  const changed = (comparisonsOf(expr) ?? []).map(({ node }): readonly [Expr, Binary] => {
    const op = INCLUSIVE[node.op as ComparisonOp] ?? node.op;
    const number: Expr = { kind: "number", value: recovery, duration: false, span: node.span };
    return [node, constantOf(node.right) === null ? { ...node, op, left: number } : { ...node, op, right: number }];
  });
  return replaced(expr, new Map(changed));
}

function replaced(expr: Expr, by: ReadonlyMap<Expr, Binary>): Expr {
  const changed = by.get(expr);
  if (changed !== undefined) return changed;
  if (expr.kind === "paren") return { ...expr, expr: replaced(expr.expr, by) };
  if (expr.kind !== "binary") return expr;
  const spine = leftSpine(expr);
  let left = replaced(spine[0].left, by);
  for (const operation of spine) {
    const right = operation.op === "or" ? replaced(operation.right, by) : operation.right;
    left = by.get(operation) ?? { ...operation, left, right };
  }
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
    case "matrix_selector":
      return judgedBySteps(expr);
    default:
      return expr;
  }
}

/** What anomaly detection says of a series it says at each of its steps, which may be longer than the window in which an anomaly is news. */
const STEPS = /^sightline:(?:anomaly_score|expected_lower|expected_upper)$/;
const LONGEST_STEP_MS = 300_000;

const judgedBySteps = (expr: MatrixSelector): MatrixSelector =>
  STEPS.test(expr.selector.name) && typeof expr.range === "number" && expr.range < LONGEST_STEP_MS
    ? { ...expr, range: LONGEST_STEP_MS }
    : expr;
