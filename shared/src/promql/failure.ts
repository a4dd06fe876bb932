import type { Span } from "./ast.ts";

/** Codes of Prometheus's HTTP API, and which limit or event ended a query. */
export type QueryFailureCode = "bad_data" | "execution" | "canceled" | "timeout" | "limit";

/** Thrown inside the engine only; the exported functions turn it into a Result. */
export class QueryError extends Error {
  readonly code: QueryFailureCode;
  /** Where in the query, and what is wrong there without saying where; absent for what has no place. */
  readonly place: { readonly span: Span; readonly message: string } | undefined;

  constructor(code: QueryFailureCode, message: string, place?: { readonly span: Span; readonly message: string }) {
    super(message);
    this.name = "QueryError";
    this.code = code;
    this.place = place;
  }
}

/** Thrown by a `select` to give up whatever reads through it, and begin anew: it is no failure of a query that a text could tell of. */
export class Interruption extends Error {}

/** `line:column` of an offset, both from 1, as Prometheus prints positions. */
export function positionOf(text: string, offset: number): string {
  let line = 1;
  let lineStart = 0;
  for (let at = text.indexOf("\n"); at !== -1 && at < offset; at = text.indexOf("\n", at + 1)) {
    line++;
    lineStart = at + 1;
  }
  return `${line}:${offset - lineStart + 1}`;
}

/** A parse or type error in Prometheus's form, `1:8: parse error: …`. */
export function parseError(text: string, span: Span, message: string): QueryError {
  return new QueryError("bad_data", `${positionOf(text, span.from)}: parse error: ${message}`, { span, message });
}
