import { newest } from "./newest.ts";
import type { QuerySource } from "./query-source.ts";

export interface Bounds {
  readonly lower: number;
  readonly upper: number;
}

/** What a whole is in the units of its parts. */
const WHOLE: ReadonlyMap<string, number> = new Map([
  ["ratio", 1],
  ["percent", 100],
  ["%", 100],
]);

/** What is longer is no single metric, and a pattern takes the square of its length. */
const MOST_LENGTH = 1000;
/** A metric, what it lacks of the whole, its mean or extremes, or a sum by labels. */
const PART =
  /^(?<sum>\s*sum\b)?(?:[\s(]|(?:1|100)\s*-|(?:avg|min|max)\b|(?:by|without)\s*\([^)]*\))*(?<metric>[a-zA-Z_:][\w:]*?(?:_(?<unit>ratio|percent))?)\s*(?:\{[^}]*\})?[\s)]*$/;

/**
 * Between which values a part of a whole stays, by the values of one series: a ratio or a percentage by its name or its declared unit, as all its
 * values lie there. What is compressed to a third and what uses several cores is left free, as other expressions are; a sum is a part where it
 * is of single series, which is looked up once for all series, and only where it decides.
 */
export function knownBounds(
  reads: QuerySource,
  query: string,
  at: { readonly nowMs: number; readonly lookbackMs: number },
): (values: ArrayLike<number>) => Bounds | undefined {
  // Which series it is of says nothing, at any length.
  const short = query.replace(/\{[^{}]*\}/, "{}");
  const { metric = "", unit, sum } = (short.length > MOST_LENGTH ? null : PART.exec(short))?.groups ?? {};
  const upper = WHOLE.get(unit ?? reads.unitOf?.(metric) ?? "");
  if (upper === undefined) return () => undefined;
  let isPart = sum === undefined ? true : undefined;
  return (values) => {
    for (let i = 0; i < values.length; i++) if ((values[i] ?? 0) < 0 || (values[i] ?? 0) > upper) return undefined;
    isPart ??= isOfSingles(reads, query, at);
    return isPart ? { lower: 0, upper } : undefined;
  };
}

/** Whether nothing is added up in a sum at the beginning of an expression. */
function isOfSingles(
  reads: QuerySource,
  query: string,
  { nowMs, lookbackMs }: { readonly nowMs: number; readonly lookbackMs: number },
): boolean {
  const counts = newest(reads, query.replace(/\bsum\b/, "count"), nowMs, lookbackMs);
  return counts.length > 0 && counts.every(({ value }) => value === 1);
}
