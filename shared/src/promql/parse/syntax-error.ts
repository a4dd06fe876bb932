/** Words for a syntax error, Prometheus's own: which token was not expected, inside what, and what was expected there. */
import { AGGREGATIONS, FUNCTIONS } from "../functions/signatures.ts";
import { parseError, QueryError } from "../failure.ts";
import { type LexedToken, lexQuery } from "./prometheus-lexer.ts";

const OPERATORS = new Set(["and", "or", "unless", "atan2"]);
const GROUPINGS = new Set(["by", "without", "on", "ignoring"]);
const KEYWORDS = new Set([...GROUPINGS, "group_left", "group_right", "bool", "offset", "fill", "fill_left", "fill_right"]);
const A_DURATION = "number, duration, step(), or range()";

const lower = (token: LexedToken | undefined): string => (token?.kind === "word" ? token.text.toLowerCase() : "");

function describe(token: LexedToken, braces: boolean): string {
  const { kind, text } = token;
  if (kind === "word" && !braces) {
    const word = text.toLowerCase();
    if (OPERATORS.has(word)) return `<op:${word}>`;
    if (AGGREGATIONS.has(word)) return `<aggr:${word}>`;
    if (KEYWORDS.has(word)) return `<${word}>`;
    if (word === "inf" || word === "nan") return `number ${JSON.stringify(text)}`;
  }
  if (kind === "word") return `identifier ${JSON.stringify(text)}`;
  if (kind !== "sign") return `${kind} ${JSON.stringify(text)}`;
  return /^(?:[-+*/%^<>]|[=!<>][=~]|[<>]\/)/.test(text) ? `<op:${text}>` : JSON.stringify(text);
}

/** What the token at `index` stands in. */
function contextOf(tokens: readonly LexedToken[], index: number): string {
  const opener = openerOf(tokens, index);
  const before = tokens[index - 1];
  if (opener !== undefined && tokens[opener]?.text === "{") return inBraces(tokens, index);
  if (opener !== undefined && tokens[opener]?.text === "[") return inBrackets(tokens, opener, index);
  if (GROUPINGS.has(lower(before))) return ' in grouping opts, expected "("';
  const sign = before?.text === "-" || before?.text === "+" ? tokens[index - 2] : before;
  if (lower(sign) === "offset") return ` in offset, expected ${A_DURATION}`;
  const timestamp = lower(before) === "start" || lower(before) === "end" ? tokens[index - 2] : sign;
  if (timestamp?.text === "@") return " in @, expected timestamp";
  if (before?.text === ")" && ownsAggregation(tokens, index)) return " in aggregation";
  if (opener === undefined) return "";
  const owner = lower(tokens[opener - 1]);
  if (GROUPINGS.has(owner) || owner === "group_left" || owner === "group_right")
    return ` in grouping opts, expected ${before?.text === "," || opener === index - 1 ? "label" : '"," or ")"'}`;
  return ownsAggregation(tokens, opener) ? " in aggregation" : "";
}

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
  if (/^[[(+*/%^-]$/.test(before)) return ` in subquery or range selector, expected ${A_DURATION}`;
  if (before === ":") return ' in subquery selector, expected number, duration, step(), range(), or "]"';
  const subquery = tokens.slice(opener, index).some(({ text }) => text === ":");
  return subquery ? ' in subquery selector, expected "]"' : ' in subquery or range, expected ":" or "]"';
}

/** A function that nobody knows, where the call is whole up to the lexer's fault. */
function unknownFunction(tokens: readonly LexedToken[], index: number): LexedToken | undefined {
  const opener = tokens[index]?.text === "(" ? index : index + 1;
  const name = tokens[opener - 1];
  if (name?.kind !== "word" || tokens[opener]?.text !== "(") return undefined;
  const word = name.text.toLowerCase();
  if (KEYWORDS.has(word) || OPERATORS.has(word) || AGGREGATIONS.has(word) || FUNCTIONS.has(name.text)) return undefined;
  let depth = 0;
  for (const { kind, text } of tokens.slice(opener)) {
    if (kind === "sign" && text === "(") depth++;
    if (kind === "sign" && text === ")" && --depth === 0) return name;
  }
  return undefined;
}

/** The error of a query that lezer could not parse; `from` is where its first error node stands. */
export function explainSyntaxError(text: string, from: number): QueryError {
  const { tokens, fault } = lexQuery(text);
  const refused =
    fault === undefined
      ? undefined
      : parseError(text, { from: fault.at, to: Math.min(text.length, Math.max(fault.at, fault.from + 1)) }, fault.message);
  if (tokens.length === 0 && refused === undefined) return noExpression(text);
  const found = tokens.findIndex((token) => token.to > from);
  const index = found === -1 ? tokens.length : found;
  const context = contextOf(tokens, index);
  const name = context === "" || context === " in aggregation" ? unknownFunction(tokens, index) : undefined;
  if (name !== undefined) return parseError(text, name, `unknown function with name ${JSON.stringify(name.text)}`);
  const token = tokens[index];
  // An unknown function is refused where its call ends.
  const called = token?.text === "(" && tokens[index - 1]?.kind === "word" && context === "";
  if (refused !== undefined && (token === undefined || called || (fault?.from ?? 0) <= token.from)) return refused;
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
  return parseError(text, token, `unexpected ${describe(token, braces)}${context}`);
}

/** Of a text without a word. */
export function noExpression(text: string): QueryError {
  const message = "no expression found in input";
  return text === ""
    ? new QueryError("bad_data", `unknown position: parse error: ${message}`)
    : parseError(text, { from: 0, to: text.length }, message);
}
