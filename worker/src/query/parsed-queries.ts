import type { Result } from "@sightline/shared/model/result";
import type { Expr } from "@sightline/shared/promql/ast";
import { parseQuery } from "@sightline/shared/promql/engine";

const MOST = 500;
/** Longer queries are few, and parsed whenever they are asked. */
export const LONGEST_KEPT = 2000;
/** To parse a character. */
export const PARSE_NS = 1500;

const known = new Map<string, Result<Expr>>();

/** As `parseQuery`; dashboards and rules ask the same again and again, and to parse a short query takes as long as to answer it. */
export function parsedQuery(text: string, { experimentalFunctions }: { readonly experimentalFunctions: boolean }): Result<Expr> {
  if (text.length > LONGEST_KEPT) return parseQuery(text, { experimentalFunctions });
  const key = `${experimentalFunctions ? "x" : " "}${text}`;
  let parsed = known.get(key);
  if (parsed !== undefined) return parsed;
  parsed = parseQuery(text, { experimentalFunctions });
  if (known.size >= MOST) known.clear();
  known.set(key, parsed);
  return parsed;
}
