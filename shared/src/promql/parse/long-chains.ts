/**
 * Rows of more operations than a recursive parser should take (`a or b or …`, thousands of times): the text is taken apart where
 * the loosest operator of a row stands, what is before it is parsed by itself, and a name takes its place. All of these operators group from the left, so the tree is the same.
 */
import type { Expr } from "../ast.ts";
import { MAX_DEPTH, TooDeep } from "./depth-limit.ts";
import type { LexedToken } from "./prometheus-lexer.ts";
import { precedenceOf } from "./operators.ts";

/** Operations of a row that are parsed together. */
const TOGETHER = 64;
/** Groups inside one another that are looked into. */
const MAX_NESTING = 200;

const SIGNS = new Set(["+", "-", "*", "/", "%", "==", "!=", "<=", ">=", "<", ">", "</", ">/", "^"]);
const WORDS = /^(?:and|or|unless|atan2)$/i;
const CLOSING: Readonly<Record<string, string>> = { "(": ")", "{": "}", "[": "]" };
const POWER = precedenceOf("^");

interface Operation {
  readonly precedence: number;
  /** Place of the operator among the tokens, and that of the first token of its right side. */
  readonly at: number;
  readonly right: number;
}

/** A text, or a part of one that begins at `base`, in which names stand for what is parsed already. */
export interface Shortened {
  readonly source: string;
  readonly base: number;
  /** By the place of the name in the whole text. */
  readonly parts: ReadonlyMap<number, Expr>;
}

/** The tree has the positions of the whole text. */
type ParsePart = (shortened: Shortened) => Expr;

/** Null for a text without long rows, which is parsed as it is. Throws TooDeep for a row of powers that nests too deep. */
export function shortenChains(text: string, tokens: readonly LexedToken[], parse: ParsePart): Shortened | null {
  const chains = new Chains(text, tokens, parse);
  chains.list(0, tokens.length, 0);
  return chains.parts.size === 0 ? null : { source: chains.source, base: 0, parts: chains.parts };
}

class Chains {
  readonly parts = new Map<number, Expr>();
  source: string;
  private readonly tokens: readonly LexedToken[];
  private readonly parse: ParsePart;

  constructor(text: string, tokens: readonly LexedToken[], parse: ParsePart) {
    this.source = text;
    this.tokens = tokens;
    this.parse = parse;
  }

  /** Expressions between commas. */
  list(from: number, to: number, nesting: number): void {
    let start = from;
    for (let at = from; at < to; at++) {
      if (this.text(at) === ",") {
        this.expression(start, at, nesting);
        start = at + 1;
      } else at = this.groupEnd(at, to);
    }
    this.expression(start, to, nesting);
  }

  private text(at: number): string {
    const token = this.tokens[at];
    return token === undefined || token.kind === "string" ? "" : token.text;
  }

  /** The last token of a group that begins here, or this one. */
  private groupEnd(at: number, to: number): number {
    const closing = CLOSING[this.text(at)];
    if (closing === undefined) return at;
    const open = this.text(at);
    let depth = 0;
    for (let end = at; end < to; end++) {
      if (this.text(end) === open) depth++;
      else if (this.text(end) === closing && --depth === 0) return end;
    }
    return to - 1;
  }

  private expression(from: number, to: number, nesting: number): void {
    if (nesting > MAX_NESTING) return;
    const operations = this.operations(from, to, nesting);
    if (operations.length > TOGETHER) this.row(from, to, operations);
  }

  /** The operations of this row; groups are looked into on the way. */
  private operations(from: number, to: number, nesting: number): Operation[] {
    const found: Operation[] = [];
    let operandNext = true;
    for (let at = from; at < to; at++) {
      const text = this.text(at);
      const precedence = operandNext ? undefined : SIGNS.has(text) || WORDS.test(text) ? precedenceOf(text.toLowerCase()) : undefined;
      if (precedence !== undefined) {
        const right = this.pastModifiers(at + 1, to);
        found.push({ precedence, at, right });
        at = right - 1;
        operandNext = true;
      } else if (!operandNext && (text === "@" || /^offset$/i.test(text))) {
        while (/^[+-]$/.test(this.text(at + 1))) at++;
        at = this.groupEnd(at + 1, to);
      } else if (CLOSING[text] !== undefined) {
        const end = this.groupEnd(at, to);
        if (text === "(" && end > at + 1) this.list(at + 1, end, nesting + 1);
        at = end;
        operandNext = false;
      } else if (text !== "+" && text !== "-") operandNext = false;
    }
    return found;
  }

  /** Past `bool`, `on (…) group_left (…)` and `fill (…)`. */
  private pastModifiers(from: number, to: number): number {
    for (let at = from; ;) {
      const text = this.text(at).toLowerCase();
      const next = this.text(at + 1);
      if (text === "bool") at++;
      else if (/^(?:on|ignoring|group_left|group_right|fill|fill_left|fill_right)$/.test(text) && next === "(")
        at = this.groupEnd(at + 1, to) + 1;
      else if (/^group_(?:left|right)$/.test(text)) at++;
      else return at;
    }
  }

  private row(from: number, to: number, operations: readonly Operation[]): void {
    const loosest = operations.reduce((least, { precedence }) => Math.min(least, precedence), Infinity);
    // Powers group from the right: a row of them nests, and the parser takes a second to find that in 16,000 of them with signs.
    if (loosest === POWER) {
      if (operations.length > MAX_DEPTH) throw new TooDeep();
      return;
    }
    const cuts: Operation[] = [];
    let inside: Operation[] = [];
    let start = from;
    const operandEnds = (end: number): void => {
      if (inside.length > TOGETHER) {
        this.row(start, end, inside);
        this.replace(start, end);
      }
      inside = [];
    };
    for (const operation of operations) {
      if (operation.precedence === loosest) {
        operandEnds(operation.at);
        cuts.push(operation);
        start = operation.right;
      } else inside.push(operation);
    }
    operandEnds(to);
    this.fold(this.tokens[from]?.from ?? 0, cuts);
  }

  /** Parses what is before every so many cuts, what was before the last of them as a name. */
  private fold(start: number, cuts: readonly Operation[]): void {
    let before: Expr | undefined;
    let from = start;
    for (let i = TOGETHER; i < cuts.length; i += TOGETHER) {
      const to = this.tokens[(cuts[i]?.at ?? 0) - 1]?.to ?? from;
      if (before === undefined) before = this.parse({ source: this.source.slice(from, to), base: from, parts: this.parts });
      else {
        // Of what is before the operator the last two letters are its name.
        this.parts.set(from - 2, before);
        before = this.parse({ source: `_ ${this.source.slice(from, to)}`, base: from - 2, parts: this.parts });
      }
      this.cover(start, to, before);
      from = this.tokens[cuts[i]?.at ?? 0]?.from ?? to;
    }
  }

  private replace(from: number, to: number): void {
    const start = this.tokens[from]?.from ?? 0;
    const end = this.tokens[to - 1]?.to ?? start;
    this.cover(start, end, this.parse({ source: this.source.slice(start, end), base: start, parts: this.parts }));
  }

  /** Lets a name stand for what was parsed. */
  private cover(from: number, to: number, expr: Expr): void {
    this.source = this.source.slice(0, from) + "_".repeat(to - from) + this.source.slice(to);
    this.parts.set(from, expr);
  }
}
