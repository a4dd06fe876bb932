/**
 * How large the program of an RE2 expression becomes, read off its text before it is compiled: a repeat is written out, so
 * that nine characters (`\pL{1000}`) are a thousand instructions with the 684 ranges of all letters in each, 6 MB.
 */
export interface ExpressionSize {
  /** At most, a large class counting for several. */
  readonly instructions: number;
  /** Parts that may be left out or come again: behind each the automaton is at several places at once. */
  readonly optional: number;
}

/** `\pL` and its like beside one character. */
const UNICODE_CLASS = 16;
/** Characters of a class that cost as much as one instruction, where a repeat copies it. */
const CLASS_CHARACTERS = 32;
/** A range of a class whose characters are all folded, `(?i)[b-\x{1e900}]`: 3 ms. */
const FOLDED_RANGE = 2000;

/** A quotation, an escape, a class, how often, the beginning of a group, or one character. Nothing is looked at twice. */
export const PART =
  /\\Q[^]*?(?:\\E|$)|\\[pP](?:\{[^}]*(?:\}|$)|[^]|$)|\\x\{[^}]*(?:\}|$)|\\[^]|\[\^?\]?(?:\[:[a-z^]{0,10}:\]|\\[^]|[^\]\\])*(?:\]|$)|\{\d{1,4}(?:,\d{0,4})?\}|\(\?[A-Za-z-]{0,10}:|\((?:\?P?<[^>]*(?:>|$))?|[^]/gu;
const UNICODE = /\\[pP]/g;
/** Escapes are passed over: of the dash in `\-\.` begins no range. */
const WIDE_RANGE = /\\[^]|-(?:\\[xpP0-7]|[^\0-\x7f])/gu;
const FOLDS = /\(\?[A-Za-z]*i/;

/** What stands between two parentheses, or is the whole. */
class Sequence {
  private instructions = 0;
  private optional = 0;
  /** The last part, which may be repeated. */
  private part: ExpressionSize = { instructions: 0, optional: 0 };

  append(part: ExpressionSize): void {
    this.instructions += this.part.instructions;
    this.optional += this.part.optional;
    this.part = part;
  }

  /** `{least,most}`; most is Infinity where there is none. */
  repeat(least: number, most: number): void {
    const copies = Math.max(1, most === Infinity ? least : most);
    const optional = most === Infinity ? 1 : Math.max(0, most - least);
    const { part } = this;
    if (part.instructions === 0) return;
    this.part = { instructions: copies * part.instructions + optional, optional: copies * part.optional + optional };
  }

  whole(): ExpressionSize {
    return { instructions: this.instructions + this.part.instructions + 1, optional: this.optional + this.part.optional };
  }
}

const CHARACTER: ExpressionSize = { instructions: 1, optional: 0 };
const CAPTURE: ExpressionSize = { instructions: 2, optional: 0 };

const wideRanges = (part: string): number => (part.match(WIDE_RANGE) ?? []).filter((found) => found.startsWith("-")).length;

function partSize(part: string, folds: boolean): ExpressionSize {
  if (part.length === 1) return CHARACTER;
  const count = (pattern: RegExp): number => part.match(pattern)?.length ?? 0;
  let instructions = 1 + count(UNICODE) * UNICODE_CLASS;
  if (part.startsWith("\\Q")) instructions = part.length;
  else if (part.startsWith("[")) instructions += Math.floor(part.length / CLASS_CHARACTERS) + (folds ? wideRanges(part) * FOLDED_RANGE : 0);
  return { instructions, optional: 0 };
}

export function expressionSize(expression: string): ExpressionSize {
  const folds = FOLDS.test(expression);
  const around: Sequence[] = [];
  let here = new Sequence();
  for (const [part] of expression.matchAll(PART)) {
    if (part.startsWith("(")) {
      around.push(here);
      here = new Sequence();
      if (!part.endsWith(":")) here.append(CAPTURE);
    } else if (part === ")") {
      const group = here.whole();
      here = around.pop() ?? new Sequence();
      here.append(group);
    } else if (part === "?") here.repeat(0, 1);
    else if (part === "*" || part === "+") here.repeat(1, Infinity);
    else if (part === "|") here.append(CHARACTER);
    else if (part.startsWith("{") && part.length > 1) {
      const [least = 0, most = least] = part
        .slice(1, -1)
        .split(",")
        .map((bound) => (bound === "" ? Infinity : Number(bound)));
      here.repeat(least, most);
    } else here.append(partSize(part, folds));
  }
  for (let outer = around.pop(); outer !== undefined; outer = around.pop()) {
    outer.append(here.whole());
    here = outer;
  }
  return here.whole();
}
