/** Names and values as they are written at a place of a query: plain where the language lets them be, and else in the quotes that are there. */
import type { Span } from "../ast.ts";
import { quote } from "../format/quote.ts";
import { readString } from "../parse/string-literal.ts";
import type { Edit } from "./diagnostic.ts";

/** The quotation mark that a place is within, "" outside of quotes. */
export type Mark = '"' | "'" | "`" | "";

const METRIC = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const LABEL = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
const CLOSED = /^("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`)$/;

export const markOf = (token: string): Mark => {
  const first = token.charAt(0);
  return first === '"' || first === "'" || first === "`" ? first : "";
};

export const isClosed = (quoted: string): boolean => CLOSED.test(quoted);

/** What a word says: within its quotes and without escapes, also of one that is not closed yet or that escapes what it must not. */
export function spoken(token: string): string {
  const mark = markOf(token);
  if (mark === "") return token;
  const closed = isClosed(token) ? token : token + mark;
  const read = readString(closed, 0);
  return "error" in read ? closed.slice(1, -1) : read.value;
}

/** What to write of a string within a mark, or all of it outside; null where it cannot be: raw strings have no escapes. */
export function writtenString(text: string, mark: Mark): string | null {
  if (mark === "") return quote(text);
  if (mark === "`") return /[`\r]/.test(text) ? null : text;
  return quote(text, mark).slice(1, -1);
}

/** The mark of the quotes that a span of a text fills. */
export const markAround = (text: string, { from, to }: Span): Mark =>
  from > 0 && text.charAt(from - 1) === text.charAt(to) ? markOf(text.charAt(to)) : "";

/** A label's name where matchers and groupings stand. */
export const writtenLabel = (name: string, mark: Mark): string | null =>
  mark === "" && LABEL.test(name) ? name : writtenString(name, mark);

/** A metric's name where a selector begins, or within the quotes in its braces. */
export function writtenMetric(name: string, mark: Mark): string | null {
  if (mark !== "") return writtenString(name, mark);
  return METRIC.test(name) ? name : `{${quote(name)}}`;
}

/** The edit that writes a metric's name in the place of another: one that must be in quotes stands in the braces that may follow. */
export function metricEdit(text: string, span: Span, name: string): Edit | null {
  const written = writtenMetric(name, markAround(text, span));
  if (written === null) return null;
  const braces = written.startsWith("{") ? /^\s*\{\s*(\}?)/.exec(text.slice(span.to)) : null;
  if (braces === null) return { from: span.from, to: span.to, text: written };
  const [opened, closer] = braces;
  return { from: span.from, to: span.to + opened.length, text: closer === "" ? `${written.slice(0, -1)}, ` : written };
}
