import type { Matcher } from "@sightline/shared/model/matcher";
import type { Result } from "@sightline/shared/model/result";
import { fail } from "@sightline/shared/model/result";
import { parseQuery } from "@sightline/shared/promql/engine";
import type { ExpressionBudget } from "@sightline/shared/re2/compile-expression";

/** The matchers of a series selector such as `up{job="api"}`. Failure `bad_data` for anything else. `expressions`: of all selectors of a question. */
export function parseSelector(text: string, expressions?: ExpressionBudget): Result<readonly Matcher[]> {
  const parsed = parseQuery(text, expressions === undefined ? {} : { expressions });
  if (!parsed.ok) return parsed;
  let expr = parsed.value;
  while (expr.kind === "paren") expr = expr.expr;
  if (expr.kind === "vector_selector") return { ok: true, value: expr.matchers };
  if (expr.kind === "matrix_selector") return { ok: true, value: expr.selector.matchers };
  return fail("bad_data", `${JSON.stringify(text)} is an expression; a series selector is due here, like up{job="api"}`);
}
