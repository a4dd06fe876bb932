/** Lengths of time in brackets and behind `offset`, as Prometheus's grammar reads them (`duration_expr`, `offset_duration_expr`). */
import type { SyntaxNode } from "@lezer/common";
import type { Duration, DurationExpr } from "../ast.ts";
import { parseError } from "../failure.ts";
import { childrenOf, need, numberAt } from "./lezer-tree.ts";
import { MAX_DURATION_SECONDS, wholeMs } from "./literals.ts";

/** The length at a node; a literal is settled at once. */
export function durationAt(text: string, node: SyntaxNode): Duration {
  const tree = durationExpr(text, node);
  return tree.kind === "literal" ? wholeMs(tree.seconds) : tree;
}

/** One that must be longer than 0: of a range, or of a subquery's steps. */
export function positiveDuration(text: string, node: SyntaxNode): Duration {
  const duration = durationAt(text, node);
  if (typeof duration === "number" && duration <= 0) throw parseError(text, node, "duration must be greater than 0");
  return duration;
}

function durationExpr(text: string, node: SyntaxNode): DurationExpr {
  const span = { from: node.from, to: node.to };
  if (node.name === "NumberDurationLiteralInDurationContext") {
    const { value, duration } = numberAt(text, node);
    if (!(Math.abs(value) <= MAX_DURATION_SECONDS)) throw parseError(text, node, "duration out of range");
    return { kind: "literal", seconds: value, duration, span };
  }
  const [first, second, third] = childrenOf(node);
  if (first === undefined) throw parseError(text, node, "unexpected end of input in duration expression");
  switch (first.name) {
    case "DurationStep":
      return { kind: "step", span };
    case "DurationRange":
      return { kind: "range", span };
    case "UnaryOp": {
      const operand = durationExpr(text, need(text, second));
      if (text[first.from] === "+") return operand;
      return operand.kind === "literal" ? { ...operand, seconds: -operand.seconds, span } : { kind: "minus", operand, span };
    }
    case "DurationMinOf":
    case "DurationMaxOf": {
      const op = first.name === "DurationMinOf" ? "min_of" : "max_of";
      return { kind: "binary", op, left: durationExpr(text, need(text, second)), right: durationExpr(text, need(text, third)), span };
    }
  }
  const left = durationExpr(text, first);
  if (second === undefined) return text[node.from] === "(" ? { kind: "paren", operand: left, span } : left;
  const op = text.slice(second.from, second.to) as "+" | "-" | "*" | "/" | "%" | "^";
  const right = durationExpr(text, need(text, third));
  if ((op === "/" || op === "%") && right.kind === "literal" && right.seconds === 0)
    throw parseError(text, second, op === "/" ? "division by zero" : "modulo by zero");
  return { kind: "binary", op, left, right, span };
}
