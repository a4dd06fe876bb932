import type { BinaryOp } from "../ast.ts";

/** Arithmetic on floats as Go's math package does it. */
export function arithmetic(op: BinaryOp, a: number, b: number): number {
  switch (op) {
    case "+":
      return a + b;
    case "-":
      return a - b;
    case "*":
      return a * b;
    case "/":
      return a / b;
    case "%":
      return a % b;
    case "^":
      return a === 1 || (a === -1 && Math.abs(b) === Infinity) ? 1 : a ** b;
    case "atan2":
      return Math.atan2(a, b);
    default:
      return NaN;
  }
}

export function compares(op: BinaryOp, a: number, b: number): boolean {
  switch (op) {
    case "==":
      return a === b;
    case "!=":
      return a !== b;
    case ">":
      return a > b;
    case "<":
      return a < b;
    case ">=":
      return a >= b;
    case "<=":
      return a <= b;
    default:
      return false;
  }
}

export const isComparison = (op: BinaryOp): boolean => op === "==" || op === "!=" || op === ">" || op === "<" || op === ">=" || op === "<=";
export const isSetOperator = (op: BinaryOp): op is "and" | "or" | "unless" => op === "and" || op === "or" || op === "unless";
