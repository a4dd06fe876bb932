/** Finds expressions that stand in a query more than once, so that they are evaluated once. */
import type { Expr } from "../ast.ts";
import { printExpr } from "../format/print.ts";
import { leftSpine, operandsOf } from "../left-spine.ts";

/** Of longer rows of operations the beginnings are not looked for elsewhere. */
export const SHARED_ROW = 64;

/** Longer queries are rather evaluated as they stand than compared. */
const LONGEST = 10_000;

/** What an expression is made of, a row of operations of all its operands; the selector inside a range is none. */
export function childrenOf(expr: Expr): readonly Expr[] {
  switch (expr.kind) {
    case "subquery":
    case "unary":
    case "paren":
      return [expr.expr];
    case "call":
      return expr.args;
    case "aggregate":
      return expr.param === undefined ? [expr.expr] : [expr.param, expr.expr];
    case "binary":
      return operandsOf(expr);
    default:
      return [];
  }
}

const NONE: ReadonlyMap<Expr, string> = new Map();

/** By the tree: whoever keeps parsed queries asks of the same ones again. */
const known = new WeakMap<Expr, ReadonlyMap<Expr, string>>();

/** The text of every node of a resolved tree that gives a vector and occurs again elsewhere in it. */
export function sharedExpressions(root: Expr): ReadonlyMap<Expr, string> {
  let shared = known.get(root);
  if (shared === undefined) known.set(root, (shared = findShared(root)));
  return shared;
}

function findShared(root: Expr): ReadonlyMap<Expr, string> {
  const texts = new Map<Expr, string>();
  if (printExpr(root).length > LONGEST) return NONE;
  const times = new Map<string, number>();
  const note = (expr: Expr): void => {
    const text = printExpr(expr);
    texts.set(expr, text);
    times.set(text, (times.get(text) ?? 0) + 1);
  };
  const visit = (expr: Expr): void => {
    if (expr.kind === "call" || expr.kind === "aggregate" || expr.kind === "vector_selector") note(expr);
    if (expr.kind === "binary") {
      const spine = leftSpine(expr);
      if (spine.length <= SHARED_ROW) spine.forEach(note);
    }
    childrenOf(expr).forEach(visit);
  };
  visit(root);
  for (const [expr, text] of texts) if (times.get(text) === 1) texts.delete(expr);
  return texts.size === 0 ? NONE : texts;
}
