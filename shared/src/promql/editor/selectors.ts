/** Selectors of a tree with the places of their parts, which the tree does not keep. */
import { METRIC_NAME } from "../../model/labels.ts";
import type { Expr, Span, VectorSelector } from "../ast.ts";
import { leftSpine, operandsOf } from "../left-spine.ts";
import { tokensOf } from "../parse/tokens.ts";
import { markOf, spoken } from "./written.ts";

/** Every node, parents first. */
export function* nodesOf(expr: Expr): Generator<Expr> {
  yield expr;
  switch (expr.kind) {
    case "matrix_selector":
      yield expr.selector;
      break;
    case "subquery":
    case "unary":
    case "paren":
      yield* nodesOf(expr.expr);
      break;
    case "call":
      for (const arg of expr.args) yield* nodesOf(arg);
      break;
    case "aggregate":
      if (expr.param !== undefined) yield* nodesOf(expr.param);
      yield* nodesOf(expr.expr);
      break;
    case "binary":
      yield* leftSpine(expr).slice(0, -1).toReversed();
      for (const operand of operandsOf(expr)) yield* nodesOf(operand);
  }
}

export const selectorsIn = (expr: Expr): VectorSelector[] => [...nodesOf(expr)].filter((node) => node.kind === "vector_selector");

/** The one metric that a selector names, "" if it names none or several. */
export const metricOf = (selector: VectorSelector): string =>
  selector.matchers.find(({ name, op }) => name === METRIC_NAME && op === "=")?.value ?? "";

/** Where the metric's name is written: before the braces, or within them. */
export function metricSpan(text: string, selector: VectorSelector): Span {
  const { from, to } = selector.span;
  if (selector.name !== "" && text.startsWith(selector.name, from)) return { from, to: from + selector.name.length };
  const metric = metricOf(selector);
  const token = tokensOf(text.slice(from, to)).find((each) => markOf(each.text) !== "" && spoken(each.text) === metric);
  return token === undefined ? selector.span : { from: from + token.from + 1, to: from + token.from + token.text.length - 1 };
}

export interface WrittenMatcher {
  readonly name: string;
  readonly nameSpan: Span;
  /** Without quotes and escapes. */
  readonly value: string;
  /** Without the quotes. */
  readonly valueSpan: Span;
  readonly op: string;
}

/** The matchers within the braces, in the order they are written. */
export function writtenMatchers(text: string, selector: VectorSelector): WrittenMatcher[] {
  const { from, to } = selector.span;
  const tokens = tokensOf(text.slice(from, to));
  return tokens.flatMap((op, i) => {
    const name = tokens[i - 1];
    const value = tokens[i + 1];
    if (!/^(=|!=|=~|!~)$/.test(op.text) || name === undefined || value === undefined) return [];
    const quoted = markOf(name.text) === "" ? 0 : 1;
    return [
      {
        name: spoken(name.text),
        nameSpan: { from: from + name.from + quoted, to: from + name.from + name.text.length - quoted },
        op: op.text,
        value: spoken(value.text),
        valueSpan: { from: from + value.from + 1, to: from + value.from + value.text.length - 1 },
      },
    ];
  });
}
