import type { Expr, VectorSelector } from "@sightline/shared/promql/ast";
import { parseQuery } from "@sightline/shared/promql/engine";
import { childrenOf } from "@sightline/shared/promql/evaluation/shared-expressions";
import { printExpr } from "@sightline/shared/promql/format/print";

const RISING: ReadonlySet<string> = new Set(["sum", "avg", "min", "max"]);

/**
 * PromQL of the highest that an expression was within the last `windowMs`, its selectors' highest put in: where each of its series is made of one; of
 * several together no less than it was. What has ended by then is left out, as what took its place is there. Undefined where it does not rise with each
 * of its selectors, or has none.
 */
export function highestOf(query: string, windowMs: number): string | undefined {
  const parsed = parseQuery(query);
  if (!parsed.ok) return undefined;
  const highest = rising(parsed.value, (selector) => {
    const { span } = selector;
    const range: Expr = { kind: "call", func: "max_over_time", args: [{ kind: "matrix_selector", selector, range: windowMs, span }], span };
    const matching = { cardinality: "many-to-many", on: false, labels: [], include: [] } as const;
    const present: Expr = { kind: "binary", op: "and", left: range, right: selector, bool: false, matching, span, opSpan: span };
    return { kind: "paren", expr: present, span };
  });
  return highest === null ? undefined : printExpr(highest);
}

/** The expression with others in the place of its selectors; null where it may fall as one of them rises. */
function rising(expr: Expr, of: (selector: VectorSelector) => Expr): Expr | null {
  const both = (left: Expr | null, right: Expr | null): Expr | null =>
    left === null || right === null || expr.kind !== "binary" ? null : { ...expr, left, right };
  switch (expr.kind) {
    case "vector_selector":
      return expr.extension === undefined ? of(expr) : null;
    case "paren": {
      const inner = rising(expr.expr, of);
      return inner === null ? null : { ...expr, expr: inner };
    }
    case "aggregate": {
      const inner = RISING.has(expr.op) ? rising(expr.expr, of) : null;
      return inner === null ? null : { ...expr, expr: inner };
    }
    case "binary": {
      if (expr.op === "+") return both(ofNumber(expr.left) ?? rising(expr.left, of), ofNumber(expr.right) ?? rising(expr.right, of));
      if (expr.op === "*" && ofNumber(expr.left) !== null) return both(expr.left, rising(expr.right, of));
      return expr.op === "*" || expr.op === "/" ? both(rising(expr.left, of), ofNumber(expr.right)) : null;
    }
    default:
      return null;
  }
}

/** The selectors of an expression that is made of instants alone; undefined of one that looks at ranges. */
export function instantSelectors(query: string): readonly string[] | undefined {
  const parsed = parseQuery(query);
  return parsed.ok ? (instants(parsed.value) ?? undefined) : undefined;
}

function instants(expr: Expr): readonly string[] | null {
  if (expr.kind === "vector_selector") return [printExpr(expr)];
  if (expr.kind === "matrix_selector" || expr.kind === "subquery") return null;
  const found = childrenOf(expr).map(instants);
  return found.includes(null) ? null : found.flatMap((own) => own ?? []);
}

/** What is written as a positive number. */
const ofNumber = (expr: Expr): Expr | null => (expr.kind === "number" && expr.value > 0 ? expr : null);
