/** The same question fixed by `@` at its own time: asked at any other time it has the same answer. */
import type { Expr } from "@sightline/shared/promql/ast";
import { TIME_DEPENDENT } from "@sightline/shared/promql/evaluation/resolve";

const UNSAFE: ReadonlySet<string> = new Set([...TIME_DEPENDENT, "start", "end", "range", "step"]);

/** Every selector and outermost subquery that names no time of its own gets `@ ms`; undefined where that would be another question. */
export function fixedAt(expr: Expr, ms: number): Expr | undefined {
  let safe = true;
  const fix = (node: Expr): Expr => {
    switch (node.kind) {
      case "vector_selector":
        return { ...node, at: typeof node.at === "number" ? node.at : ms };
      case "matrix_selector":
        return { ...node, selector: { ...node.selector, at: typeof node.selector.at === "number" ? node.selector.at : ms } };
      case "subquery":
        if (callsUnsafe(node.expr)) safe = false;
        return { ...node, at: typeof node.at === "number" ? node.at : ms };
      case "call":
        if (UNSAFE.has(node.func)) safe = false;
        return { ...node, args: node.args.map(fix) };
      case "aggregate":
        return { ...node, expr: fix(node.expr), ...(node.param === undefined ? {} : { param: fix(node.param) }) };
      case "binary":
        return { ...node, left: fix(node.left), right: fix(node.right) };
      case "unary":
      case "paren":
        return { ...node, expr: fix(node.expr) };
      default:
        return node;
    }
  };
  const fixed = fix(expr);
  return safe ? fixed : undefined;
}

function callsUnsafe(node: Expr): boolean {
  switch (node.kind) {
    case "call":
      return UNSAFE.has(node.func) || node.args.some(callsUnsafe);
    case "aggregate":
      return callsUnsafe(node.expr) || (node.param !== undefined && callsUnsafe(node.param));
    case "binary":
      return callsUnsafe(node.left) || callsUnsafe(node.right);
    case "unary":
    case "paren":
    case "subquery":
      return callsUnsafe(node.expr);
    default:
      return false;
  }
}

/** Where the answers must be the same: well before, at the beginning, between, at the time itself and well after. */
export const otherTimes = (ms: number): readonly number[] => (ms === 0 ? [-1000, 0, 1000] : [-10 * ms, 0, Math.trunc(ms / 5), ms, 10 * ms]);
