/** What may stand at a position of a query that is still being written. Told from the words before it: half a query has no tree. */
import { METRIC_NAME } from "../../model/labels.ts";
import type { Span } from "../ast.ts";
import { type Token, tokensOf } from "../parse/tokens.ts";
import { WORD_DOCS } from "./function-docs.ts";
import { type Mark, isClosed, markOf, spoken } from "./written.ts";

/**
 * `span` is what a completion replaces, `typed` what of it stands before the position, without quotes and escapes. `keywords` may stand
 * there besides operands or operators.
 */
export type Place = { readonly span: Span; readonly typed: string } & (
  | { readonly kind: "operand" | "operator"; readonly keywords: readonly string[] }
  | { readonly kind: "label"; readonly metric: string; readonly used: readonly string[]; readonly mark: Mark }
  | { readonly kind: "matcher" }
  | { readonly kind: "value"; readonly metric: string; readonly label: string; readonly mark: Mark }
  | { readonly kind: "grouping"; readonly metrics: readonly string[]; readonly used: readonly string[]; readonly mark: Mark }
  | { readonly kind: "duration" }
  | { readonly kind: "at" }
  | { readonly kind: "nothing" }
);

const GROUPING = new Set(["by", "without", "on", "ignoring", "group_left", "group_right"]);
const BINARY = /^(\+|-|\*|\/|%|\^|==|!=|>=|<=|>|<|=|<\/|>\/|and|or|unless|atan2|bool)$/i;
const COMPARISON = /^(==|!=|>=|<=|>|<)$/;
const MATCHER_OP = /^(=|!=|=~|!~)$/;
const SIGN = /^[+-]$/;
const CALLED = /^(start|end)?\s*\(\s*\)/i;
const MATCHER_BEFORE = /[,{]\s*[a-zA-Z_][a-zA-Z0-9_]*\s*(=|!=|=~|!~)\s*$/;
const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const CLOSER: Readonly<Record<string, string>> = { ")": "(", "]": "[", "}": "{" };

interface Open {
  readonly bracket: string;
  /** Index of its token. */
  readonly at: number;
}

export function placeAt(text: string, offset: number): Place {
  const tokens = tokensOf(text);
  const under = tokens.findIndex(({ from, text: word }) => from < offset && offset <= from + word.length);
  const token = tokens[under];
  const editing = token !== undefined && isWord(token, offset) ? token : undefined;
  const before = tokens.filter((each) => each !== editing && each.from < offset);
  const span = editing === undefined ? { from: offset, to: offset } : { from: editing.from, to: editing.from + editing.text.length };
  const typed = text.slice(span.from, offset);
  const stack = openAt(before);
  const open = stack.at(-1);
  const previous = before.at(-1);
  const comment = text
    .slice(previous === undefined ? 0 : previous.from + previous.text.length, span.from)
    .split("\n")
    .at(-1);
  if (comment?.includes("#") === true) return { kind: "nothing", span, typed };
  if (open?.bracket === "{") return inBraces(before, open, editing, offset);
  if (editing !== undefined && markOf(editing.text) !== "" && !(open?.bracket === "(" && isGrouping(before[open.at - 1])))
    return { kind: "nothing", span, typed };
  if (open?.bracket === "[") return { kind: "duration", span, typed };
  if (open?.bracket === "(" && isGrouping(before[open.at - 1])) {
    return previous?.text === "(" || previous?.text === ","
      ? { kind: "grouping", ...groupingOf(tokens, before, open, offset), ...nameAt(editing, offset) }
      : { kind: "nothing", span, typed };
  }
  if (previous === undefined || previous.text === "(" || previous.text === ",") return { kind: "operand", keywords: [], span, typed };
  const signed = SIGN.test(previous.text) ? before.at(-2)?.text.toLowerCase() : undefined;
  if (previous.text.toLowerCase() === "offset" || signed === "offset") return { kind: "duration", span, typed };
  if (previous.text === "@")
    return { kind: "at", span: { from: span.from, to: span.to + (CALLED.exec(text.slice(span.to))?.[0] ?? "").length }, typed };
  if (isGrouping(previous) || signed === "@") return { kind: "nothing", span, typed };
  if (SIGN.test(previous.text) && beginsOperand(before.slice(0, -1))) return { kind: "operand", keywords: [], span, typed };
  if (BINARY.test(previous.text)) {
    const keywords = COMPARISON.test(previous.text) ? ["bool", "on", "ignoring"] : ["on", "ignoring"];
    return { kind: "operand", keywords, span, typed };
  }
  return { ...(previous.text === ")" ? behindParenthesis(before) : { kind: "operator", keywords: modifiers(before) }), span, typed };
}

type Following = { readonly kind: "operand" | "operator"; readonly keywords: readonly string[] } | { readonly kind: "nothing" };

/** What may follow depends on what opened the parenthesis, and on what that belongs to. */
function behindParenthesis(before: readonly Token[]): Following {
  const opener = openerOf(before);
  const named = before[opener - 1];
  if (named !== undefined && isGrouping(named)) {
    if (/^(on|ignoring)$/i.test(named.text)) return { kind: "operand", keywords: ["group_left", "group_right"] };
    if (!/^(by|without)$/i.test(named.text)) return { kind: "operand", keywords: [] };
    // What is aggregated, which has not been told yet, is told in parentheses.
    return before[opener - 2]?.text === ")" ? { kind: "operator", keywords: [] } : { kind: "nothing" };
  }
  if (before[opener - 2]?.text === "@") return { kind: "operator", keywords: ["offset"] };
  return { kind: "operator", keywords: isAggregation(named) ? ["by", "without"] : [] };
}

/** Whether an operand begins behind these, and a sign there is its own. */
function beginsOperand(before: readonly Token[]): boolean {
  const last = before.at(-1);
  if (last === undefined || /^[(,]$/.test(last.text) || BINARY.test(last.text)) return true;
  return last.text === ")" && behindParenthesis(before).kind === "operand";
}

/**
 * The metrics whose labels a list of names is of, and the labels that it cannot have. Labels that `group_left` takes are those of the right side, which comes
 * after it, and not those that the sides are matched on; until there is one they may be any.
 */
function groupingOf(
  tokens: readonly Token[],
  before: readonly Token[],
  open: Open,
  offset: number,
): { readonly metrics: readonly string[]; readonly used: readonly string[] } {
  const used = namesFrom(before.slice(open.at + 1));
  const named = before[open.at - 1]?.text.toLowerCase() ?? "";
  if (!named.startsWith("group_")) return { metrics: metricsIn(tokens), used };
  const matching = before.slice(0, open.at - 1);
  const on = openerOf(matching);
  const matchedOn = matching[on - 1]?.text.toLowerCase() === "on" ? namesFrom(matching.slice(on + 1, -1)) : [];
  const side = named === "group_left" ? tokens.filter(({ from }) => from >= offset) : matching.slice(0, on);
  return { metrics: metricsIn(side), used: [...used, ...matchedOn] };
}

const namesFrom = (list: readonly Token[]): readonly string[] => list.flatMap(({ text: word }) => (word === "," ? [] : [spoken(word)]));

/** Of what the last word ends, which is no parenthesis: only what selects samples is moved in time. */
function modifiers(before: readonly Token[]): readonly string[] {
  const last = before.at(-1);
  if (isAggregation(last)) return ["by", "without"];
  return NAME.test(last?.text ?? "") || last?.text === "}" || last?.text === "]" || before.at(-2)?.text === "@" ? ["offset"] : [];
}

const isAggregation = (token: Token | undefined): boolean => WORD_DOCS.get(token?.text.toLowerCase() ?? "")?.kind === "aggregation";

function isWord(token: Token, offset: number): boolean {
  if (markOf(token.text) !== "") return offset < token.from + token.text.length || !isClosed(token.text);
  return /^[a-zA-Z0-9_:.]/.test(token.text);
}

const isGrouping = (token: Token | undefined): boolean => token !== undefined && GROUPING.has(token.text.toLowerCase());

export function openAt(tokens: readonly Token[]): Open[] {
  const stack: Open[] = [];
  tokens.forEach(({ text: word }, at) => {
    if (word === "(" || word === "[" || word === "{") stack.push({ bracket: word, at });
    else if (CLOSER[word] !== undefined && stack.at(-1)?.bracket === CLOSER[word]) stack.pop();
  });
  return stack;
}

/** The token that opened the bracket which the last one closes. */
function openerOf(tokens: readonly Token[]): number {
  let depth = 0;
  for (let at = tokens.length - 1; at >= 0; at--) {
    const word = tokens[at]?.text ?? "";
    if (CLOSER[word] !== undefined) depth++;
    else if (word === "(" || word === "[" || word === "{") depth--;
    if (depth === 0) return at;
  }
  return -1;
}

/** What is written of a name, and within the quotes where it is in quotes. */
function nameAt(editing: Token | undefined, offset: number): { readonly span: Span; readonly typed: string; readonly mark: Mark } {
  if (editing === undefined) return { span: { from: offset, to: offset }, typed: "", mark: "" };
  const { from, text: word } = editing;
  const mark = markOf(word);
  // Of a string that is not closed nobody knows where it was to end; the quotation mark that opens another does not close it.
  const isOpen = mark !== "" && (!isClosed(word) || MATCHER_BEFORE.test(word.slice(offset - from, -1)));
  const to = isOpen ? offset : from + word.length;
  const typed = spoken(word.slice(0, offset - from));
  return { span: mark === "" ? { from, to } : { from: from + 1, to: to - (isOpen ? 0 : 1) }, typed, mark };
}

function inBraces(before: readonly Token[], open: Open, editing: Token | undefined, offset: number): Place {
  const inside = before.slice(open.at + 1);
  const previous = inside.at(-1);
  const span = editing === undefined ? { from: offset, to: offset } : { from: editing.from, to: editing.from + editing.text.length };
  const name = before[open.at - 1];
  const metric = name !== undefined && NAME.test(name.text) ? name.text : metricWithin(inside);
  if (previous !== undefined && MATCHER_OP.test(previous.text)) {
    const label = spoken(inside.at(-2)?.text ?? "");
    const value = nameAt(editing, offset);
    if (value.mark === "") return { kind: "value", metric, label, mark: "", span, typed: "" };
    return { kind: "value", metric: label === METRIC_NAME ? "" : metric, label, ...value };
  }
  if (previous === undefined || previous.text === ",") {
    const used = inside.flatMap((token, i) => (MATCHER_OP.test(inside[i + 1]?.text ?? "") ? [spoken(token.text)] : []));
    return { kind: "label", metric, used, ...nameAt(editing, offset) };
  }
  const { typed } = nameAt(editing, offset);
  // Behind a name, which may be in quotes, and not behind a value.
  return MATCHER_OP.test(inside.at(-2)?.text ?? "") ? { kind: "nothing", span, typed } : { kind: "matcher", span, typed };
}

/** The metric that braces name, "" if none. */
const metricWithin = (inside: readonly Token[]): string => valueOf(inside, METRIC_NAME) ?? quotedMetric(inside) ?? "";

/** The metric's name in quotes, which no operator follows. */
function quotedMetric(inside: readonly Token[]): string | undefined {
  const at = inside.findIndex(
    ({ text: word }, i) => markOf(word) !== "" && !inside.slice(Math.max(0, i - 1), i + 2).some(({ text: near }) => MATCHER_OP.test(near)),
  );
  return at === -1 ? undefined : spoken(inside[at]?.text ?? "");
}

function valueOf(inside: readonly Token[], label: string): string | undefined {
  const at = inside.findIndex((token, i) => token.text === label && inside[i + 1]?.text === "=");
  const value = at === -1 ? undefined : inside[at + 2];
  return value === undefined ? undefined : spoken(value.text);
}

/** Names that stand where a metric would: not called, no keyword, not within brackets of labels; and those that braces name. */
function metricsIn(tokens: readonly Token[]): string[] {
  const names = new Set<string>();
  const open: string[] = [];
  tokens.forEach(({ text: word }, i) => {
    if (word === "(") open.push(isGrouping(tokens[i - 1]) ? "grouping" : "(");
    else if (word === "{" || word === "[") {
      open.push(word);
      const end = tokens.findIndex((token, at) => at > i && token.text === "}");
      const named = word === "{" ? metricWithin(tokens.slice(i + 1, end === -1 ? undefined : end)) : "";
      if (named !== "") names.add(named);
    } else if (CLOSER[word] !== undefined) open.pop();
    else if (
      (open.at(-1) ?? "(") === "(" &&
      NAME.test(word) &&
      tokens[i + 1]?.text !== "(" &&
      !BINARY.test(word) &&
      !isGrouping(tokens[i]) &&
      !WORD_DOCS.has(word)
    )
      names.add(word);
  });
  return [...names];
}
