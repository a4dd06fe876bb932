/** The expressions of a rule file and where each of their characters stands in it: block scalars are indented, quotes escape. */
import { type Document, type Scalar, isScalar, visit } from "yaml";

export interface PlacedExpression {
  readonly text: string;
  /** Offset in the file of every character of the text, and of its end; never falling. */
  readonly offsets: readonly number[];
  /** How the file writes it: plain, in quotes or as a block. */
  readonly type: Scalar["type"];
}

/** What to write in the file for a text that comes into the expression at `from`; null where a plain scalar would become a map. */
export function writtenInFile(text: string, from: number, { type }: PlacedExpression): string | null {
  if (type === "QUOTE_DOUBLE") return JSON.stringify(text).slice(1, -1);
  if (type === "QUOTE_SINGLE") return text.replaceAll("'", "''");
  if (type !== "PLAIN" || from > 0 || !text.startsWith("{")) return text;
  return text.endsWith("}") ? `(${text})` : null;
}

/** Every `expr:` with a text, in documents that parse or not. */
export function expressionPlaces(yamlText: string, documents: readonly Document[]): readonly PlacedExpression[] {
  const found: PlacedExpression[] = [];
  for (const document of documents)
    visit(document, {
      Pair(_, { key, value }) {
        if (!isScalar(key) || key.value !== "expr" || !isScalar(value) || typeof value.value !== "string") return;
        const offsets = offsetsOf(yamlText, value, value.value);
        if (offsets !== null) found.push({ text: value.value, offsets, type: value.type });
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
function offsetsOf(source: string, { range, type }: Scalar, value: string): number[] | null {
  if (range === null || range === undefined) return null;
  const [start, end] = range;
  let at = type === "BLOCK_LITERAL" || type === "BLOCK_FOLDED" ? source.indexOf("\n", start) + 1 : start;
  if (type === "QUOTE_DOUBLE" || type === "QUOTE_SINGLE") at++;
  const offsets: number[] = [];
  for (let i = 0; i < value.length; i++) {
    const letter = value.charAt(i);
    const found = BLANK.test(letter) ? at : source.indexOf(letter, at);
    if (found === -1 || found >= end) return null;
    offsets.push(found);
    at = BLANK.test(letter) && !BLANK.test(source.charAt(at)) ? at : found + 1;
  }
  offsets.push(Math.min(at, end));
  return offsets;
}

const BLANK = /\s/;
