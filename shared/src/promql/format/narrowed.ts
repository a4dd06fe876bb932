import { type Labels, METRIC_NAME, labelWord } from "../../model/labels.ts";
import type { Expr, VectorSelector } from "../ast.ts";
import { parseQuery } from "../engine.ts";
import { childrenOf } from "../evaluation/shared-expressions.ts";
import { quote } from "./quote.ts";

/** What gives labels that the selectors beneath need not have. */
const MAKES_LABELS = /\b(?:label_replace|label_join|absent|absent_over_time|scalar|count_values|info|on|ignoring)\s*\(/i;

/** The query of the one of its series that has these labels: every selector is asked for them. As it is where labels are made. */
export function narrowed(query: string, labels: Labels): string {
  const parsed = parseQuery(query);
  const matchers = Object.entries(labels).flatMap(([name, value]) => (name === METRIC_NAME ? [] : [`${labelWord(name)}=${quote(value)}`]));
  if (!parsed.ok || matchers.length === 0 || MAKES_LABELS.test(query)) return query;
  return [...selectorsIn(parsed.value)]
    .toSorted((a, b) => b.span.from - a.span.from)
    .reduce((text, { span: { from, to } }) => text.slice(0, from) + withMatchers(text.slice(from, to), matchers) + text.slice(to), query);
}

function* selectorsIn(expr: Expr): Generator<VectorSelector> {
  if (expr.kind === "vector_selector") yield expr;
  if (expr.kind === "matrix_selector") yield expr.selector;
  for (const child of childrenOf(expr)) yield* selectorsIn(child);
}

/** What is asked for already stays. */
function withMatchers(selector: string, matchers: readonly string[]): string {
  const [, name = "", spaces = "", rest = ""] = /^([\w:.]*)(\s*)(.*)$/s.exec(selector) ?? [];
  const added = matchers.join(",");
  if (!rest.startsWith("{")) return `${name}{${added}}${spaces}${rest}`;
  return `${name}{${added}${/^\{\s*\}/.test(rest) ? "" : ","}${rest.slice(1)}`;
}
