/** Words for a syntax error, Prometheus's own: which token was not expected, inside what, and what was expected there. */
import type { Span } from "../ast.ts";
import { AGGREGATIONS, FUNCTIONS } from "../functions/signatures.ts";
import { parseError, QueryError } from "../failure.ts";
import { type LexedToken, lexQuery } from "./prometheus-lexer.ts";

const OPERATORS = new Set(["and", "or", "unless", "atan2"]);
const GROUPINGS = new Set(["by", "without", "on", "ignoring"]);
const KEYWORDS = new Set([...GROUPINGS, "group_left", "group_right", "bool", "offset", "fill", "fill_left", "fill_right"]);
const A_DURATION = "number, duration, step(), or range()";

const lower = (token: LexedToken | undefined): string => (token?.kind === "word" ? token.text.toLowerCase() : "");

/** A token as "unexpected" is followed by it. */
export function tokenWords(token: LexedToken, braces: boolean): string {
  const { kind, text } = token;
  if (kind === "word" && !braces) {
    const word = text.toLowerCase();
    if (OPERATORS.has(word)) return `<op:${word}>`;
    if (AGGREGATIONS.has(word)) return `<aggr:${word}>`;
    if (KEYWORDS.has(word)) return `<${word}>`;
    if (word === "inf" || word === "nan") return `number ${JSON.stringify(text)}`;
    if (word === "start" || word === "end") return JSON.stringify(text);
    if (text.includes(":")) return `metric identifier ${JSON.stringify(text)}`;
  }
  if (kind === "word") return `identifier ${JSON.stringify(text)}`;
  if (kind !== "sign") return `${kind} ${JSON.stringify(text)}`;
  return /^(?:[-+*/%^<>@]|[=!<>][=~]|[<>]\/)/.test(text) ? `<op:${text}>` : JSON.stringify(text);
}

/** What the token at `index` stands in. */
function contextOf(tokens: readonly LexedToken[], index: number): string {
  const opener = openerOf(tokens, index);
  const before = tokens[index - 1];
  if (opener !== undefined && tokens[opener]?.text === "{") return inBraces(tokens, index);
  if (opener !== undefined && tokens[opener]?.text === "[") return inBrackets(tokens, opener, index);
  if (isModifier(tokens, index - 1) && GROUPINGS.has(lower(before))) return ' in grouping opts, expected "("';
  const signed = before?.text === "-" || before?.text === "+" ? index - 2 : index - 1;
  const sign = tokens[signed];
  if (isModifier(tokens, signed) && lower(sign) === "offset") return ` in offset, expected ${A_DURATION}`;
  const timestamp = lower(before) === "start" || lower(before) === "end" ? tokens[index - 2] : sign;
  if (timestamp?.text === "@") return " in @, expected timestamp";
  if (before?.text === ")" && ownsAggregation(tokens, index)) return " in aggregation";
  if (opener === undefined) return "";
  const owner = lower(tokens[opener - 1]);
  if (GROUPINGS.has(owner) || owner === "group_left" || owner === "group_right")
    return ` in grouping opts, expected ${before?.text === "," || opener === index - 1 ? "label" : '"," or ")"'}`;
  return ownsAggregation(tokens, opener) ? " in aggregation" : "";
}

/** Whether the token at `index` stands where an operand begins. */
function beginsOperand(tokens: readonly LexedToken[], index: number): boolean {
  const before = tokens[index - 1];
  if (before === undefined) return true;
  if (before.kind === "word") return /^(and|or|unless|atan2|bool|group_left|group_right)$/.test(lower(before));
  if (before.kind !== "sign") return false;
  if (before.text !== ")") return !/^[\]}@]$/.test(before.text);
  const list = openerOf(tokens, index - 1) ?? 0;
  return /^(on|ignoring|group_left|group_right)$/.test(lower(tokens[list - 1]));
}

/** Some words of modifiers are names of metrics where an operand begins: `by (a)` calls what is no function. */
const isModifier = (tokens: readonly LexedToken[], index: number): boolean =>
  !(/^(by|without|offset)$/.test(lower(tokens[index])) && beginsOperand(tokens, index));

/** The bracket that is open before the token at `index`. */
function openerOf(tokens: readonly LexedToken[], index: number): number | undefined {
  const open: number[] = [];
  for (const [i, { kind, text }] of tokens.slice(0, index).entries()) {
    if (kind !== "sign") continue;
    if (text === "(" || text === "[" || text === "{") open.push(i);
    else if (text === ")" || text === "]" || text === "}") open.pop();
  }
  return open.at(-1);
}

/** `sum (`, `sum by (a) (`. */
function ownsAggregation(tokens: readonly LexedToken[], opener: number): boolean {
  if (AGGREGATIONS.has(lower(tokens[opener - 1]))) return true;
  if (tokens[opener - 1]?.text !== ")") return false;
  const list = openerOf(tokens, opener - 1) ?? 0;
  return /^(by|without)$/.test(lower(tokens[list - 1])) && AGGREGATIONS.has(lower(tokens[list - 2]));
}

function inBraces(tokens: readonly LexedToken[], index: number): string {
  const before = tokens[index - 1];
  const first = /^[{,]$/.test(tokens[index - 2]?.text ?? "");
  const expected =
    before?.text === "{" || before?.text === ","
      ? 'identifier or "}"'
      : before?.kind === "sign"
        ? "string"
        : before?.kind === "word" && first
          ? "label matching operator"
          : '"," or "}"';
  return ` in label matching, expected ${expected}`;
}

function inBrackets(tokens: readonly LexedToken[], opener: number, index: number): string {
  const before = tokens[index - 1]?.text ?? "";
  if (/^(?:[[(+*/%^-]|\w*[a-z]+)$/i.test(before) && tokens[index - 1]?.kind !== "duration")
    return ` in subquery or range selector, expected ${A_DURATION}`;
  if (before === ":") return ' in subquery selector, expected number, duration, step(), range(), or "]"';
  const subquery = tokens.slice(opener, index).some(({ text }) => text === ":");
  return subquery ? ' in subquery selector, expected "]"' : ' in subquery or range, expected ":" or "]"';
}

interface UnknownCall {
  readonly name: LexedToken;
  /** The index of the parenthesis that closes it; undefined where none does before the lexer's fault. */
  readonly close: number | undefined;
}

/** The call of a function that nobody knows, whose name or parenthesis is at `index`. */
function unknownCall(tokens: readonly LexedToken[], index: number): UnknownCall | undefined {
  const opener = tokens[index]?.text === "(" ? index : index + 1;
  const name = tokens[opener - 1];
  if (name?.kind !== "word" || tokens[opener]?.text !== "(" || !beginsOperand(tokens, opener - 1)) return undefined;
  const word = name.text.toLowerCase();
  if (KEYWORDS.has(word) || OPERATORS.has(word) || AGGREGATIONS.has(word) || FUNCTIONS.has(name.text) || word.includes(":"))
    return undefined;
  let depth = 0;
  for (let at = opener; at < tokens.length; at++) {
    const token = tokens[at];
    if (token?.kind !== "sign") continue;
    if (token.text === "(") depth++;
    if (token.text === ")" && --depth === 0) return { name, close: at };
  }
  return { name, close: undefined };
}

/** More functions that nobody knows are not looked at. */
const MAX_UNKNOWN = 20;

/**
 * Prometheus refuses an unknown function where its call ends, so of several the innermost, and none if something else is wrong
 * before that. To see what else is wrong, a function that is known stands in for the unknown.
 */
function firstFault(text: string, tokens: readonly LexedToken[], from: number, firstMistake: (text: string) => number | undefined) {
  let source = text;
  let place: number | undefined = from;
  let earliest: UnknownCall | undefined;
  for (let seen = 0; place !== undefined && seen < MAX_UNKNOWN; seen++) {
    const context = contextOf(tokens, indexAt(tokens, place));
    const call = context === "" || context === " in aggregation" ? unknownCall(tokens, indexAt(tokens, place)) : undefined;
    if (call === undefined) break;
    if (call.close !== undefined && call.close < (earliest?.close ?? tokens.length)) earliest = call;
    const length = call.name.to - call.name.from;
    if (length < 2) break;
    source = source.slice(0, call.name.from) + (length === 2 ? "ln" : "abs").padEnd(length) + source.slice(call.name.to);
    place = firstMistake(source);
  }
  const index = place === undefined ? tokens.length : indexAt(tokens, place);
  const isFirst = earliest?.close !== undefined && (earliest.close < index || unknownCall(tokens, index)?.name === earliest.name);
  return { index, unknown: isFirst ? earliest?.name : undefined };
}

/** Of the token that ends behind `from`. */
function indexAt(tokens: readonly LexedToken[], from: number): number {
  const found = tokens.findIndex((token) => token.to > from);
  return found === -1 ? tokens.length : found;
}

/**
 * The error of a query that lezer could not parse; `from` is where its first error node stands, and `firstMistake` finds that of
 * another text.
 */
export function explainSyntaxError(text: string, from: number, firstMistake: (text: string) => number | undefined): QueryError {
  const { tokens, fault } = lexQuery(text);
  const refused =
    fault === undefined
      ? undefined
      : parseError(text, { from: fault.at, to: Math.min(text.length, Math.max(fault.at, fault.from + 1)) }, fault.message);
  if (tokens.length === 0 && refused === undefined) return noExpression(text);
  const { index, unknown } = firstFault(text, tokens, from, firstMistake);
  if (unknown !== undefined) return parseError(text, unknown, `unknown function with name ${JSON.stringify(unknown.text)}`);
  const token = tokens[index];
  if (refused !== undefined && (token === undefined || (fault?.from ?? 0) <= token.from)) return refused;
  return unexpected(text, tokens, index);
}

/** Of a number that lezer took whole where Prometheus's lexer sees two words: `100..4`. */
export function explainNumber(text: string, number: Span): QueryError {
  const { tokens, fault } = lexQuery(text);
  const index = indexAt(tokens, number.from);
  const end = tokens[index]?.to ?? number.to;
  if (fault !== undefined && fault.from <= end) return parseError(text, { from: fault.at, to: number.to }, fault.message);
  if (end < number.to) return unexpected(text, tokens, index + 1);
  return parseError(text, number, `error parsing number: ${JSON.stringify(text.slice(number.from, number.to))}`);
}

/** That the token at `index` was not expected where it stands. */
function unexpected(text: string, tokens: readonly LexedToken[], index: number): QueryError {
  const token = tokens[index];
  const context = contextOf(tokens, index);
  const end = { from: text.length, to: text.length };
  if (token === undefined) return parseError(text, end, `unexpected end of input${context}`);
  const comma = tokens[index - 1];
  const opener = openerOf(tokens, index);
  if (token.text === ")" && comma?.text === "," && opener !== undefined && !context.startsWith(" in grouping"))
    return parseError(text, comma, "trailing commas not allowed in function call args");
  if (token.kind === "number" && !Number.isFinite(Number(token.text.replaceAll("_", ""))) && /^0x$|e[+-]?$/i.test(token.text))
    return parseError(text, token, `error parsing number: strconv.ParseFloat: parsing ${JSON.stringify(token.text)}: invalid syntax`);
  if (token.kind === "duration") {
    const units = Array.from(token.text.matchAll(/\d+([a-z]+)/g), ([, unit = ""]) => ["y", "w", "d", "h", "m", "s", "ms"].indexOf(unit));
    if (units.some((unit, i) => unit === -1 || (i > 0 && unit <= (units[i - 1] ?? 0))))
      return parseError(text, token, `not a valid duration string: ${JSON.stringify(token.text)}`);
  }
  const braces = opener !== undefined && tokens[opener]?.text === "{";
  return parseError(text, token, `unexpected ${tokenWords(token, braces)}${context}`);
}

/** Of a text without a word. */
export function noExpression(text: string): QueryError {
  const message = "no expression found in input";
  return text === ""
    ? new QueryError("bad_data", `unknown position: parse error: ${message}`)
    : parseError(text, { from: 0, to: text.length }, message);
}
