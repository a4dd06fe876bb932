/** Walks a resolved tree as the evaluator will and lists what each selector reads. */
import type { Expr } from "../ast.ts";
import type { QueryParams, SelectRequest } from "../api.ts";
import { operandsOf } from "../left-spine.ts";
import { infoRequest } from "../functions/info.ts";
import { isStepInvariant } from "./resolve.ts";
import { INSTANT } from "./rollup-terms.ts";
import type { Steps } from "./steps.ts";
import { matrixRequest, selectorRequest, subquerySteps } from "./times.ts";

/** `reader`: the function whose argument the expression is. */
export function collectRequests(expr: Expr, steps: Steps, params: QueryParams, into: SelectRequest[], reader?: string): void {
  const at: Steps = isStepInvariant(expr) ? { startMs: steps.startMs, stepMs: 0, count: Math.min(1, steps.count) } : steps;
  if (at.count === 0) return;
  switch (expr.kind) {
    case "number":
    case "string":
      return;
    case "vector_selector":
      into.push(selectorRequest(expr, at, params, INSTANT));
      return;
    case "matrix_selector":
      into.push(matrixRequest(expr, at, params, reader));
      return;
    case "subquery":
      collectRequests(expr.expr, subquerySteps(expr, at, params), params, into);
      return;
    case "call":
      if (expr.func === "info") into.push(infoRequest(expr, at, params));
      expr.args.forEach((arg, index) => {
        if (expr.func !== "info" || index === 0) collectRequests(arg, at, params, into, expr.func);
      });
      return;
    case "aggregate":
      collectRequests(expr.expr, at, params, into);
      if (expr.param !== undefined) collectRequests(expr.param, at, params, into);
      return;
    case "binary":
      for (const operand of operandsOf(expr)) collectRequests(operand, at, params, into);
      return;
    case "unary":
      collectRequests(expr.expr, at, params, into);
      return;
    case "paren":
      collectRequests(expr.expr, at, params, into, reader);
  }
}
