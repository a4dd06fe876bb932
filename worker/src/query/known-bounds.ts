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

/** A metric, what it lacks of the whole, or its mean or extremes. */
const PART =
  /^(?:[\s(]|(?:1|100)\s*-|(?:avg|min|max)\b|(?:by|without)\s*\([^)]*\))*(?<metric>[a-zA-Z_:][\w:]*?(?:_(?<unit>ratio|percent))?)\s*(?:\{[^}]*\})?[\s)]*$/;

/**
 * Between which values a part of a whole stays: a ratio or a percentage by its name or its declared unit, as all its values lie there. What is
 * compressed to a third and what uses several cores is left free, as other expressions are.
 */
export function knownBounds(reads: QuerySource, query: string, values: ArrayLike<number>): Bounds | undefined {
  const { metric = "", unit } = PART.exec(query)?.groups ?? {};
  const upper = WHOLE.get(unit ?? reads.unitOf?.(metric) ?? "");
  if (upper === undefined) return undefined;
  for (let i = 0; i < values.length; i++) if ((values[i] ?? 0) < 0 || (values[i] ?? 0) > upper) return undefined;
  return { lower: 0, upper };
}
