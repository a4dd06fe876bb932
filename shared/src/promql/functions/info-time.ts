/** Of what time the series are that `info` adds labels to (Prometheus `infoSeriesReference`). */
import type { Expr } from "../ast.ts";
import { operandsOf } from "../left-spine.ts";
import { typeOf } from "../parse/check.ts";

/** How far before the step, or before the one time `at`, samples are read; ms. */
export interface ReadTime {
  readonly offset: number;
  readonly at?: number;
}

const OF_THE_STEP: ReadTime = { offset: 0 };

/** The modifiers of a resolved node inside a subquery that is moved itself; an `@` does away with what is around it. */
function moved({ offset, at }: { readonly offset: unknown; readonly at?: unknown }, around: ReadTime): ReadTime {
  const own = typeof offset === "number" ? offset : 0;
  if (typeof at === "number") return { offset: own, at };
  return { ...around, offset: own + around.offset };
}

/** The times of all that becomes part of the vector: of scalars nothing does, and what no selector stands in is of the step. */
function timesOf(expr: Expr, around: ReadTime): readonly ReadTime[] {
  const type = typeOf(expr);
  if (type !== "vector" && type !== "matrix") return [];
  const found = timesWithin(expr, around);
  return found.length === 0 ? [OF_THE_STEP] : found;
}

function timesWithin(expr: Expr, around: ReadTime): readonly ReadTime[] {
  const all = (exprs: readonly Expr[]): readonly ReadTime[] => exprs.flatMap((one) => timesOf(one, around));
  switch (expr.kind) {
    case "vector_selector":
      return [moved(expr, around)];
    case "matrix_selector":
      return [moved(expr.selector, around)];
    case "subquery":
      return timesOf(expr.expr, moved(expr, around));
    case "call":
      return all(expr.func === "info" ? expr.args.slice(0, 1) : expr.args);
    case "aggregate":
      return all(expr.param === undefined ? [expr.expr] : [expr.expr, expr.param]);
    case "binary":
      return all(operandsOf(expr));
    case "unary":
    case "paren":
      return timesOf(expr.expr, around);
    default:
      return [];
  }
}

function same(a: ReadTime, b: ReadTime): boolean {
  if (a.at === undefined || b.at === undefined) return a.at === b.at && a.offset === b.offset;
  return a.at - a.offset === b.at - b.offset;
}

/** Of a resolved expression: the time that all its series are of, that of the step where they are not of one. */
export function commonTime(expr: Expr): ReadTime {
  const [first = OF_THE_STEP, ...others] = timesOf(expr, OF_THE_STEP);
  return others.every((other) => same(first, other)) ? first : OF_THE_STEP;
}
