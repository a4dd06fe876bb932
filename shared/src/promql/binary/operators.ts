import type { Binary, BinaryOp } from "../ast.ts";

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
/** Of native histograms: part of their observations. */
export const isTrim = (op: BinaryOp): boolean => op === "</" || op === ">/";
/** What comes of filtering and trimming a metric is that metric still. */
export const dropsName = ({ op, bool }: Pick<Binary, "op" | "bool">): boolean => bool || !(isComparison(op) || isTrim(op));
export const isSetOperator = (op: BinaryOp): op is "and" | "or" | "unless" => op === "and" || op === "or" || op === "unless";
