import type { Expr } from "../ast.ts";
import { childrenOf } from "../evaluation/shared-expressions.ts";

/** Deeper trees are not written out: each level is another of JSON, and another indent. A row of operations has as many as operations. */
export const MAX_TREE_DEPTH = 1000;

export function treeDepth(expr: Expr): number {
  const operands = childrenOf(expr);
  let deepest = 0;
  for (const [i, operand] of operands.entries()) {
    const above = expr.kind === "binary" ? operands.length - Math.max(1, i) : 1;
    deepest = Math.max(deepest, above + treeDepth(operand));
  }
  return deepest;
}
