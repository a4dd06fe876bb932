import type { Tree } from "@lezer/common";
import { parser } from "@prometheus-io/lezer-promql";
import type { Result } from "../../model/result.ts";
import { fail, ok } from "../../model/result.ts";
import { ExpressionBudget } from "../../re2/compile-expression.ts";
import type { Expr, Span } from "../ast.ts";
import { parseError, QueryError } from "../failure.ts";
import { TypeChecker } from "./check.ts";
import { TreeConverter } from "./convert.ts";
import { MAX_DEPTH, NESTS_TOO_DEEP, TooDeep } from "./depth-limit.ts";
import { type Shortened, shortenChains } from "./long-chains.ts";
import { moved } from "./moved-places.ts";
import { lexQuery } from "./prometheus-lexer.ts";
import { explainSyntaxError, noExpression } from "./syntax-error.ts";

export interface ParseOptions {
  /** Prometheus's `promql-experimental-functions`: more functions, limitk and limit_ratio. Default false. */
  readonly experimentalFunctions?: boolean;
  /** That of several texts which are one question; otherwise each has its own. */
  readonly expressions?: ExpressionBudget;
}

/** Longer texts are refused unread: they come in one piece, and no list of alternatives needs as much. */
export const MAX_LENGTH = 65_536;
/** Up to here a parser that goes on after mistakes costs little; in longer texts it is shown the first mistake and a little more. */
const SHORT = 2000;
const BEYOND_MISTAKE = 200;

/** What is wrong with a query, and where. */
export interface QueryFault {
  /** Without the position. */
  readonly message: string;
  readonly span: Span;
  /** As Prometheus prints it, `1:8: parse error: …`. */
  readonly text: string;
}

/** Parses and type-checks a query, for those who show the fault at its place. */
export function readQuery(text: string, options: ParseOptions = {}): { readonly expr: Expr } | { readonly fault: QueryFault } {
  const whole = { from: 0, to: text.length };
  try {
    return { expr: parseChecked(text, options) };
  } catch (error) {
    if (error instanceof QueryError) {
      const { span, message } = error.place ?? { span: whole, message: error.message.replace(/^unknown position: parse error: /, "") };
      return { fault: { span, message, text: error.message } };
    }
    // Lezer builds its tree by recursion, and some stacks are small.
    if (error instanceof RangeError) return { fault: { span: whole, message: NESTS_TOO_DEEP, text: NESTS_TOO_DEEP } };
    throw error;
  }
}

/** Parses and type-checks a query. Fails with `bad_data` and Prometheus's wording, `1:8: parse error: …`. */
export function parseQuery(text: string, options: ParseOptions = {}): Result<Expr> {
  const read = readQuery(text, options);
  return "expr" in read ? ok(read.expr) : fail("bad_data", read.fault.text);
}

function parseChecked(text: string, options: ParseOptions): Expr {
  if (text.length > MAX_LENGTH)
    throw new QueryError("bad_data", `the query has ${text.length} characters: the limit maxQueryLength is ${MAX_LENGTH}`);
  const strange = OTHER_SPACE.test(text) ? lexQuery(text).fault : undefined;
  if (strange !== undefined) throw explainSyntaxError(text, strange.from, firstMistake);
  const expr = read(text, options.expressions ?? new ExpressionBudget(text.length));
  new TypeChecker(text, options.experimentalFunctions ?? false).check(expr);
  return expr;
}

function read(text: string, expressions: ExpressionBudget): Expr {
  const whole = { source: text, base: 0, parts: new Map<number, Expr>() };
  if (text.length > SHORT) return readChains(text, expressions) ?? convert(text, whole, expressions);
  try {
    return convert(text, whole, expressions);
  } catch (error) {
    const chains = error instanceof TooDeep ? readChains(text, expressions) : undefined;
    if (chains === undefined) throw error;
    return chains;
  }
}

/** A text with long rows of operations, part by part; undefined for one without. */
function readChains(text: string, expressions: ExpressionBudget): Expr | undefined {
  const { tokens, fault } = lexQuery(text);
  if (fault !== undefined) throw explainSyntaxError(text, fault.from, firstMistake);
  const shortened = shortenChains(text, tokens, (part) => convert(text, part, expressions));
  return shortened === null ? undefined : convert(text, shortened, expressions);
}

/** The tree of a text, or of a part of it with its places. */
function convert(text: string, part: Shortened, expressions: ExpressionBudget): Expr {
  const { source, base, parts } = part;
  const tree = parseTree(source);
  let depth = 0;
  tree.iterate({
    enter(node) {
      if (node.type.isError) throw explainSyntaxError(text, node.from + base, firstMistake);
      if (++depth > MAX_DEPTH) throw new TooDeep();
    },
    leave() {
      depth--;
    },
  });
  const root = tree.topNode.firstChild;
  const first = root !== null && root.name === "LineComment" ? root.nextSibling : root;
  if (first === null) throw noExpression(text);
  let top = first;
  while (top.name === "LineComment" && top.nextSibling !== null) top = top.nextSibling;
  if (base === 0) return new TreeConverter(source.length === text.length ? text : source, expressions, parts).expr(top);
  try {
    const converter = new TreeConverter(source, expressions, parts, base);
    return moved(converter.expr(top), base, converter.placed);
  } catch (error) {
    if (!(error instanceof QueryError) || error.place === undefined) throw error;
    const { span, message } = error.place;
    throw parseError(text, { from: span.from + base, to: span.to + base }, message);
  }
}

/** Spaces to lezer, but not to Prometheus: no-break spaces, marks of byte order and their like. */
const OTHER_SPACE = /[^\S \t\r\n]|\u0085/;

/** Where a text stops being a query, whatever its functions are called. */
function firstMistake(text: string): number | undefined {
  let place: number | undefined;
  parseTree(text).iterate({
    enter({ type, from }) {
      if (type.isError) place ??= from;
      return place === undefined;
    },
  });
  return place;
}

/** Functions that lezer's grammar does not know, each under one of the same length that it does know, so that positions stay true. */
const STAND_INS: ReadonlyMap<string, string> = new Map([
  ["min_of", "minute"],
  ["max_of", "minute"],
  ["timeseries_gen", "last_over_time"],
]);

/** Where a name is a function and where a word of durations is told by the grammar alone, so stand-ins take the place of what did not parse. */
function parseTree(text: string): Tree {
  let source = lezerText(text);
  for (let beyond = BEYOND_MISTAKE; ; beyond *= 2) {
    const tree = treeOf(source, beyond);
    const names = strangeFunctions(source, tree);
    if (names.length === 0) return tree;
    for (const { from, to } of names) source = source.slice(0, from) + (STAND_INS.get(source.slice(from, to)) ?? "") + source.slice(to);
  }
}

const strict = parser.configure({ strict: true });

/** Of a long text with a mistake the tree up to a little beyond it: to go on after mistakes takes a hundred times as long as to parse what has none. */
function treeOf(source: string, beyond: number): Tree {
  if (source.length <= SHORT) return parser.parse(source);
  try {
    return strict.parse(source);
  } catch (error) {
    const place = error instanceof SyntaxError ? /No parse at (\d+)/.exec(error.message)?.[1] : undefined;
    if (place === undefined) throw error;
    return parser.parse(source.slice(0, Number(place) + beyond));
  }
}

/** Names that have a stand-in and were taken for those of metrics, though nothing of a metric begins with a parenthesis. */
function strangeFunctions(source: string, tree: Tree): Span[] {
  const found: Span[] = [];
  tree.iterate({
    enter({ name, from, to }) {
      if (name === "Identifier" && STAND_INS.has(source.slice(from, to)) && /^\s*\(/.test(source.slice(to, to + 100)))
        found.push({ from, to });
    },
  });
  return found;
}

/** Lezer does not know `2.`, `STEP()` nor a metric named `offset`; text of the same length that it does know stands in, so positions stay true. */
function lezerText(text: string): string {
  const pattern = /"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`|#[^\n]*|[a-zA-Z_:][\w:]*|(?<![\d_])(\d[\d_]*)\.(?!\d)/g;
  // Whether an operand comes next, as far as signs and words tell.
  let operandNext = true;
  let seen = 0;
  return text.replace(pattern, (whole: string, digits: string | undefined, at: number) => {
    const sign = /(\S)\s*$/.exec(text.slice(seen, at))?.[1];
    seen = at + whole.length;
    if (sign !== undefined) operandNext = !/[)\]}\d]/.test(sign);
    if (whole.startsWith("#")) return whole;
    const isOperand = operandNext;
    operandNext = isOperand ? BOOL.test(whole) : OPERATOR_WORDS.test(whole);
    if (digits !== undefined) return `0${digits}`;
    if (isOperand && OFFSET.test(whole)) return `_${whole.slice(1)}`;
    return DURATION_WORDS.test(whole) ? whole.toLowerCase() : whole;
  });
}

const OFFSET = /^offset$/i;
const BOOL = /^bool$/i;
const OPERATOR_WORDS = /^(and|or|unless|atan2)$/i;
const DURATION_WORDS = /^(step|range|min_of|max_of)$/i;
