/** The expressions of a rule file and where each of their characters stands in it: block scalars are indented, quotes escape. */
import type { Span } from "../ast.ts";
import { type Document, type Scalar, isScalar, visit } from "yaml";

export interface PlacedExpression {
  readonly text: string;
  /** Offset in the file of every character of the text, and of its end; never falling. */
  readonly offsets: readonly number[];
  /** Where in the file each character ends: one that is escaped has several there. */
  readonly ends: readonly number[];
  /** How the file writes it: plain, in quotes or as a block. */
  readonly type: Scalar["type"];
}

/** What to write in the file for a text that comes into the expression in the place of another; null where a plain scalar would become a map, or end in a comment. */
export function writtenInFile(text: string, { from, to }: Span, { type, text: whole }: PlacedExpression): string | null {
  if (type === "QUOTE_DOUBLE") return JSON.stringify(text).slice(1, -1);
  if (type === "QUOTE_SINGLE") return text.replaceAll("'", "''");
  if (type !== "PLAIN") return text;
  if (NOT_PLAIN.test(whole.slice(0, from).slice(-1) + text + whole.slice(to).slice(0, 1))) return null;
  if (from > 0 || !text.startsWith("{")) return text;
  return text.endsWith("}") ? `(${text})` : null;
}

const NOT_PLAIN = /:\s|\s#/;

/** Every `expr:` with a text, in documents that parse or not. */
export function expressionPlaces(yamlText: string, documents: readonly Document[]): readonly PlacedExpression[] {
  const found: PlacedExpression[] = [];
  for (const document of documents)
    visit(document, {
      Pair(_, { key, value }) {
        if (!isScalar(key) || key.value !== "expr" || !isScalar(value) || typeof value.value !== "string") return;
        const places = placesOf(yamlText, value, value.value);
        if (places !== null) found.push({ text: value.value, ...places, type: value.type });
      },
    });
  return found;
}

/** Metrics that the file's own rules record. */
export function recordedNames(documents: readonly Document[]): ReadonlySet<string> {
  const names = new Set<string>();
  for (const document of documents)
    visit(document, {
      Pair(_, { key, value }) {
        if (isScalar(key) && key.value === "record" && isScalar(value)) names.add(String(value.value));
      },
    });
  return names;
}

/**
 * Walks the source along with the value: what stands between two letters of it is indentation, a fold or an escape. Which of
 * several blanks a blank is does not matter: nothing is said of blanks.
 */
function placesOf(source: string, { range, type }: Scalar, value: string): Pick<PlacedExpression, "offsets" | "ends"> | null {
  if (range === null || range === undefined) return null;
  const [start, end] = range;
  let at = type === "BLOCK_LITERAL" || type === "BLOCK_FOLDED" ? source.indexOf("\n", start) + 1 : start;
  if (type === "QUOTE_DOUBLE" || type === "QUOTE_SINGLE") at++;
  const offsets: number[] = [];
  const ends: number[] = [];
  for (let i = 0; i < value.length; i++) {
    const letter = value.charAt(i);
    const isBlank = BLANK.test(letter);
    at = behind(source, at, isBlank, type);
    const escaped = escapedIn(source, at, type);
    const found = isBlank || escaped > 0 ? at : source.indexOf(letter, at);
    if (found === -1 || found >= end) return null;
    at = escaped > 0 ? found + escaped : isBlank && !BLANK.test(source.charAt(at)) ? at : found + 1;
    offsets.push(found);
    ends.push(at);
  }
  offsets.push(Math.min(at, end));
  return { offsets, ends };
}

/** Where the next letter is, behind indentation and behind the ends of lines that are escaped. */
function behind(source: string, at: number, isBlank: boolean, type: Scalar["type"]): number {
  const passed = type === "QUOTE_DOUBLE" ? (isBlank ? /(?:\\\n\s*)*/y : /(?:\s|\\\n)*/y) : isBlank ? /(?:)/y : /\s*/y;
  passed.lastIndex = at;
  return at + (passed.exec(source)?.[0].length ?? 0);
}

/** How many characters the escape takes that begins there; 0 where none does. */
function escapedIn(source: string, at: number, type: Scalar["type"]): number {
  if (type === "QUOTE_SINGLE") return source.startsWith("''", at) ? 2 : 0;
  if (type !== "QUOTE_DOUBLE" || source.charAt(at) !== "\\") return 0;
  return { x: 4, u: 6, U: 10 }[source.charAt(at + 1)] ?? 2;
}

const BLANK = /\s/;
