/** The binary operators by lezer's names, and how tightly they bind (Prometheus `promql/parser/generated_parser.y`); `^` groups from the right. */
import type { BinaryOp, Expr } from "../ast.ts";

export const OPERATORS: Readonly<Record<string, BinaryOp>> = {
  Pow: "^",
  Mul: "*",
  Div: "/",
  Mod: "%",
  Atan2: "atan2",
  Add: "+",
  Sub: "-",
  Eql: "==",
  Gte: ">=",
  Gtr: ">",
  Lte: "<=",
  Lss: "<",
  Neq: "!=",
  And: "and",
  Or: "or",
  Unless: "unless",
  TrimUpper: "</",
  TrimLower: ">/",
};

const PRECEDENCE: Partial<Record<BinaryOp, number>> = {
  or: 1,
  and: 2,
  unless: 2,
  "+": 4,
  "-": 4,
  "*": 5,
  "/": 5,
  "%": 5,
  atan2: 5,
  "^": 6,
};
const precedence = (op: BinaryOp): number => PRECEDENCE[op] ?? 3;

/** Of an operator as it is written; comparisons and what is none bind like comparisons. */
export const precedenceOf = (op: string): number => precedence(op as BinaryOp);

/** `a or b offset 5m == c` reaches us as `(a or b) offset 5m == c`: what binds tighter takes the right-most operand alone. */
export function rotate(left: Expr, op: BinaryOp, build: (operand: Expr) => Expr): Expr {
  if (left.kind === "binary" && (precedence(left.op) < precedence(op) || (op === "^" && left.op === "^"))) {
    const right = rotate(left.right, op, build);
    return { ...left, right, span: { from: left.span.from, to: right.span.to } };
  }
  if (left.kind === "unary" && op === "^") {
    const expr = rotate(left.expr, op, build);
    return { ...left, expr, span: { from: left.span.from, to: expr.span.to } };
  }
  return build(left);
}
