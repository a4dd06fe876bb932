/** Words for a syntax error: which token was not expected, and inside what. */
import type { SyntaxNode } from "@lezer/common";
import { FUNCTIONS } from "../functions/signatures.ts";
import { parseError, QueryError } from "../failure.ts";
import { type Token, tokensOf } from "./tokens.ts";

const KEYWORDS = new Set([
  "by",
  "without",
  "on",
  "ignoring",
  "group_left",
  "group_right",
  "bool",
  "offset",
  "and",
  "or",
  "unless",
  "atan2",
  "fill",
  "fill_left",
  "fill_right",
]);
function describe(token: string): string {
  if (/^["'`]/.test(token)) return `string ${token}`;
  if (/^[0-9.]/.test(token))
    return /[a-zA-Z]/.test(token.replace(/^0x.*/, "").replace(/e/i, "")) ? `duration "${token}"` : `number "${token}"`;
  if (KEYWORDS.has(token.toLowerCase())) return `<${token.toLowerCase()}>`;
  if (/^[a-zA-Z_:]/.test(token)) return `identifier "${token}"`;
  return /^[-+*/%^=!<>]/.test(token) ? `<op:${token}>` : JSON.stringify(token);
}

function contextOf(node: SyntaxNode): string {
  for (let up: SyntaxNode | null = node; up !== null; up = up.parent) {
    switch (up.name) {
      case "LabelMatchers":
      case "UnquotedLabelMatcher":
      case "QuotedLabelMatcher":
        return " in label matching";
      case "GroupingLabels":
        return " in grouping opts";
      case "AggregateExpr":
        return " in aggregation";
      case "FunctionCallBody":
        return " in function call";
      case "ParenExpr":
        return " in paren expression";
      case "DurationExpr":
      case "MatrixSelector":
      case "SubqueryExpr":
        return " in subquery or range selector";
      case "OffsetExpr":
        return " in offset";
      case "StepInvariantExpr":
        return " in @";
      case "UnaryExpr":
        return " in unary expression";
    }
  }
  return "";
}

/** The error of a query that lezer could not parse; `node` is its first error node. */
export function explainSyntaxError(text: string, node: SyntaxNode): QueryError {
  const tokens = tokensOf(text);
  if (tokens.length === 0) return new QueryError("bad_data", "unknown position: parse error: no expression found in input");
  const open = unclosed(text, tokens);
  if (open !== undefined) return open;
  const index = tokens.findIndex((token) => token.from + token.text.length > node.from);
  const token = tokens[index];
  if (token === undefined || index === -1) {
    const end = text.length;
    return parseError(text, { from: end, to: end }, `unexpected end of input${contextOf(node)}`);
  }
  const before = tokens[index - 1];
  const name = token.text === "(" ? before : tokens[index + 1]?.text === "(" ? token : before;
  if (
    name !== undefined &&
    /^[a-zA-Z_:]/.test(name.text) &&
    tokens[tokens.indexOf(name) + 1]?.text === "(" &&
    !KEYWORDS.has(name.text.toLowerCase()) &&
    !FUNCTIONS.has(name.text)
  ) {
    return parseError(
      text,
      { from: name.from, to: name.from + name.text.length },
      `unknown function with name ${JSON.stringify(name.text)}`,
    );
  }
  return parseError(text, { from: token.from, to: token.from + token.text.length }, `unexpected ${describe(token.text)}${contextOf(node)}`);
}

/** Brackets and quotes are the usual slips and deserve their own words (Prometheus's lexer has them too). */
function unclosed(text: string, tokens: readonly Token[]): QueryError | undefined {
  const stack: Token[] = [];
  const pairs: Readonly<Record<string, string>> = { ")": "(", "]": "[", "}": "{" };
  for (const token of tokens) {
    const { text: word, from } = token;
    const span = { from, to: from + word.length };
    if (/^["'`]/.test(word) && (word.length < 2 || !word.endsWith(word[0] ?? "")))
      return parseError(text, span, "unterminated quoted string");
    if (word === "(" || word === "[" || word === "{") stack.push(token);
    const opener = pairs[word];
    if (opener !== undefined && stack.pop()?.text !== opener) {
      return parseError(
        text,
        span,
        word === ")" ? "unexpected right parenthesis ')'" : word === "]" ? "unexpected right bracket ']'" : "unexpected right brace '}'",
      );
    }
  }
  const last = stack.at(-1);
  if (last === undefined) return undefined;
  const end = { from: text.length, to: text.length };
  return parseError(
    text,
    end,
    last.text === "(" ? "unclosed left parenthesis" : last.text === "[" ? "unclosed left bracket" : "unexpected end of input inside braces",
  );
}
