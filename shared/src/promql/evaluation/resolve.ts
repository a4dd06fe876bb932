/** Settles what depends on the query's own times: duration expressions, `@ start()` and `@ end()`, and the functions of these names. */
import type { Duration, DurationExpr, Expr, Span, TimeModifiers, VectorSelector } from "../ast.ts";
import type { QueryParams } from "../api.ts";
import { QueryError } from "../failure.ts";
import { mapOperands, operandsOf } from "../left-spine.ts";
import { MAX_DURATION_SECONDS } from "../parse/literals.ts";
import { childrenOf } from "./shared-expressions.ts";

function settle(expr: DurationExpr, params: QueryParams): number {
  switch (expr.kind) {
    case "literal":
      return expr.seconds;
    case "paren":
      return settle(expr.operand, params);
    case "step":
      return params.stepMs / 1000;
    case "range":
      return (params.endMs - params.startMs) / 1000;
    case "minus":
      return -settle(expr.operand, params);
    case "binary": {
      const left = settle(expr.left, params);
      const right = settle(expr.right, params);
      switch (expr.op) {
        case "+":
          return left + right;
        case "-":
          return left - right;
        case "*":
          return left * right;
        case "/":
          if (right === 0) throw refusal(expr, "division by zero");
          return left / right;
        case "%":
          if (right === 0) throw refusal(expr, "modulo by zero");
          return left % right;
        case "^":
          return left ** right;
        case "min_of":
          return Math.min(left, right);
        case "max_of":
          return Math.max(left, right);
      }
    }
  }
}

/** From the first to the last operand, without brackets around those. */
function operandsSpan(expr: DurationExpr): Span {
  if (expr.kind === "paren") return operandsSpan(expr.operand);
  if (expr.kind === "minus") return { from: expr.span.from, to: operandsSpan(expr.operand).to };
  if (expr.kind !== "binary" || expr.op.endsWith("_of")) return expr.span;
  return { from: operandsSpan(expr.left).from, to: operandsSpan(expr.right).to };
}

/** Prometheus tells these by places counted from 0, no line and column as of what does not parse. */
function refusal(expr: DurationExpr, message: string): QueryError {
  const { from, to } = operandsSpan(expr);
  return new QueryError("bad_data", `${from}:${to}: ${message}`);
}

function resolveDuration(duration: Duration, params: QueryParams, positive: boolean): number {
  if (typeof duration === "number") return duration;
  const seconds = settle(duration, params);
  if (!(Math.abs(seconds) <= MAX_DURATION_SECONDS)) throw refusal(duration, "duration is out of range");
  const ms = Math.trunc(seconds * 1000) + 0;
  if (positive && ms <= 0) throw refusal(duration, "duration must be greater than 0");
  return ms;
}

function modifiers(node: TimeModifiers, params: QueryParams): { offset: number; at?: number } {
  const at = node.at === "start" ? params.startMs : node.at === "end" ? params.endMs : node.at;
  return { offset: resolveDuration(node.offset, params, false), ...(at === undefined ? {} : { at }) };
}

function selector(node: VectorSelector, params: QueryParams): VectorSelector {
  return { ...node, ...modifiers(node, params) };
}

/** Ms; those of the whole query, also where it is evaluated some steps at a time. */
const QUERY_TIMES: Readonly<Record<string, (params: QueryParams) => number>> = {
  start: ({ startMs }) => startMs,
  end: ({ endMs }) => endMs,
  step: ({ stepMs }) => stepMs,
  range: ({ startMs, endMs }) => endMs - startMs,
};

/** By the tree: whoever keeps parsed queries asks of the same ones again. */
const timeless = new WeakMap<Expr, boolean>();

/** The same tree with every duration in ms and every `@` an absolute time; one that is so already is given back as it is. */
export function resolveTimes(expr: Expr, params: QueryParams): Expr {
  let asItIs = timeless.get(expr);
  if (asItIs === undefined) timeless.set(expr, (asItIs = isResolved(expr)));
  return asItIs ? expr : resolve(expr, params);
}

const isAbsolute = ({ offset, at }: TimeModifiers): boolean => typeof offset === "number" && (at === undefined || typeof at === "number");

/** What a wrong duration is told with comes from `resolve`. */
function isResolved(expr: Expr): boolean {
  switch (expr.kind) {
    case "vector_selector":
      return isAbsolute(expr);
    case "matrix_selector":
      return typeof expr.range === "number" && isAbsolute(expr.selector);
    case "subquery":
      return isAbsolute(expr) && typeof expr.range === "number" && typeof (expr.step ?? 0) === "number" && isResolved(expr.expr);
    case "call":
      return QUERY_TIMES[expr.func] === undefined && expr.args.every(isResolved);
    default:
      return childrenOf(expr).every(isResolved);
  }
}

function resolve(expr: Expr, params: QueryParams): Expr {
  switch (expr.kind) {
    case "number":
    case "string":
      return expr;
    case "vector_selector":
      return selector(expr, params);
    case "matrix_selector":
      return { ...expr, selector: selector(expr.selector, params), range: resolveDuration(expr.range, params, true) };
    case "subquery":
      return {
        ...expr,
        ...modifiers(expr, params),
        expr: resolve(expr.expr, params),
        range: resolveDuration(expr.range, params, true),
        ...(expr.step === undefined ? {} : { step: resolveDuration(expr.step, params, true) }),
      };
    case "call": {
      const value = QUERY_TIMES[expr.func]?.(params);
      if (value !== undefined) return { kind: "number", value: value / 1000, duration: false, span: expr.span };
      return { ...expr, args: expr.args.map((arg) => resolve(arg, params)) };
    }
    case "aggregate":
      return {
        ...expr,
        expr: resolve(expr.expr, params),
        ...(expr.param === undefined ? {} : { param: resolve(expr.param, params) }),
      };
    case "binary":
      return mapOperands(expr, (operand) => resolve(operand, params)) ?? expr;
    case "unary":
    case "paren":
      return { ...expr, expr: resolve(expr.expr, params) };
  }
}

/** Functions that look at the time of evaluation, or at the times of samples, whatever their arguments are fixed at. */
export const TIME_DEPENDENT: ReadonlySet<string> = new Set([
  "days_in_month",
  "day_of_month",
  "day_of_week",
  "day_of_year",
  "hour",
  "minute",
  "month",
  "year",
  "predict_linear",
  "time",
  "timestamp",
]);

/** True when every step would give the same value, so that one evaluation does for all. */
export function isStepInvariant(expr: Expr): boolean {
  switch (expr.kind) {
    case "number":
    case "string":
      return true;
    case "vector_selector":
      return expr.at !== undefined;
    case "matrix_selector":
      return expr.selector.at !== undefined;
    case "subquery":
      return expr.at !== undefined;
    case "call":
      return !TIME_DEPENDENT.has(expr.func) && expr.func !== "info" && expr.args.every(isStepInvariant);
    case "aggregate":
      return isStepInvariant(expr.expr) && (expr.param === undefined || isStepInvariant(expr.param));
    case "binary":
      return operandsOf(expr).every(isStepInvariant);
    case "unary":
    case "paren":
      return isStepInvariant(expr.expr);
  }
}
