import type { Binary, Expr } from "./ast.ts";

/**
 * The operations of `a + b + c …`, the first one innermost: thousands may stand in a row, so what walks a tree takes them in a
 * loop, and recurs only into their operands.
 */
export function leftSpine(expr: Binary): readonly [Binary, ...Binary[]] {
  const spine: [Binary, ...Binary[]] = [expr];
  for (let { left } = expr; left.kind === "binary"; { left } = left) spine.push(left);
  spine.reverse();
  return spine;
}

/** What such a row is made of, from left to right. */
export function operandsOf(expr: Binary): readonly Expr[] {
  const spine = leftSpine(expr);
  return [spine[0].left, ...spine.map(({ right }) => right)];
}

/** The row with other operands; null where `change` gives none for one. */
export function mapOperands(
  expr: Binary,
  change: (operand: Expr) => Expr | null,
  operation: (node: Binary, left: Expr, right: Expr) => Expr | null = (node, left, right) => ({ ...node, left, right }),
): Expr | null {
  const spine = leftSpine(expr);
  let whole = change(spine[0].left);
  for (const node of spine) {
    const right = change(node.right);
    if (whole === null || right === null) return null;
    whole = operation(node, whole, right);
  }
  return whole;
}
