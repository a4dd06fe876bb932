/** Labels in groupings and matchings that no series there has: they tell nothing apart, and what a slip of the pen adds up looks like an answer. */
import { METRIC_NAME } from "../../model/labels.ts";
import type { Aggregate, Binary, Expr, Span } from "../ast.ts";
import { type Token, tokensOf } from "../parse/tokens.ts";
import { type Diagnostic, replacements, suggestion } from "./diagnostic.ts";
import type { LabelsLeft } from "./labels-left.ts";
import { nearestNames } from "./nearest.ts";
import { nodesOf } from "./selectors.ts";
import { markAround, markOf, spoken, writtenLabel } from "./written.ts";

type Names = ReadonlySet<string>;

export function groupingHints(text: string, expr: Expr, labels: LabelsLeft): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  for (const node of nodesOf(expr)) {
    if (node.kind === "aggregate") found.push(...aggregateHints(text, node, labels));
    else if (node.kind === "binary" && node.matching !== undefined) found.push(...matchingHints(text, node, labels));
  }
  return found;
}

function aggregateHints(text: string, node: Aggregate, labels: LabelsLeft): readonly Diagnostic[] {
  const has = labels.get(node.expr) ?? null;
  if (has === null || node.grouping.length === 0) return [];
  const tokens = tokensOf(text.slice(node.span.from, node.span.to));
  // It stands before what is aggregated or at the end.
  const at = /^(by|without)$/i.test(tokens[1]?.text ?? "") ? 1 : tokens.findLastIndex(({ text: word }) => word === "(") - 1;
  return listHints(text, namesAt(tokens, at + 1, node.span.from), has, node.without ? "without" : "by");
}

function matchingHints(text: string, node: Binary, labels: LabelsLeft): readonly Diagnostic[] {
  const [left, right] = [labels.get(node.left) ?? null, labels.get(node.right) ?? null];
  const tokens = tokensOf(text.slice(node.opSpan.to, node.right.span.from));
  const listOf = (word: RegExp): readonly Span[] => {
    const at = tokens.findIndex((token) => word.test(token.text));
    return at === -1 ? [] : namesAt(tokens, at + 1, node.opSpan.to);
  };
  const both = left === null || right === null ? null : new Set([...left, ...right]);
  const one = node.matching?.cardinality === "one-to-many" ? left : right;
  return [
    ...(both === null ? [] : listHints(text, listOf(/^(on|ignoring)$/i), both, node.matching?.on === true ? "by" : "without")),
    ...(one === null ? [] : listHints(text, listOf(/^group_(left|right)$/i), one, "take")),
  ];
}

/** Where the names of a list stand, within their quotes; `at` is its parenthesis, and none means no list. */
function namesAt(tokens: readonly Token[], at: number, offset: number): readonly Span[] {
  if (tokens[at]?.text !== "(") return [];
  const end = tokens.findIndex(({ text }, i) => i > at && text === ")");
  return tokens.slice(at + 1, end).flatMap(({ text: word, from }) => {
    const quoted = markOf(word) === "" ? 0 : 1;
    return word === "," ? [] : [{ from: offset + from + quoted, to: offset + from + word.length - quoted }];
  });
}

const SO: Readonly<Record<"by" | "without" | "take", string>> = {
  by: "so it tells no series apart",
  without: "so leaving it out changes nothing",
  take: "so there is none to take",
};

function listHints(text: string, list: readonly Span[], has: Names, use: keyof typeof SO): readonly Diagnostic[] {
  const named = list.map((span) => {
    const mark = markAround(text, span);
    return { span, mark, name: spoken(`${mark}${text.slice(span.from, span.to)}${mark}`) };
  });
  const others = [...has].filter((label) => !named.some(({ name }) => name === label));
  return named.flatMap(({ span, mark, name }): Diagnostic[] => {
    if (name === METRIC_NAME || has.has(name)) return [];
    const similar = nearestNames(name, others);
    return [
      {
        ...span,
        severity: use === "by" ? "warning" : "info",
        code: "unknown_label",
        message: `Nothing here has the label ${name}, ${SO[use]}${suggestion(similar)}`,
        fixes: replacements(similar, (known) => {
          const written = writtenLabel(known, mark);
          return written === null ? null : { ...span, text: written };
        }),
      },
    ];
  });
}
