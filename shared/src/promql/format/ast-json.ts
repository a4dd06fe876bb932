/** An expression as `/api/v1/parse_query` answers it (Prometheus `web/api/v1/translate_ast.go`). */
import type { Matcher } from "../../model/matcher.ts";
import type { AtModifier, Binary, Duration, DurationExpr, Expr, TimeModifiers, ValueType, VectorSelector } from "../ast.ts";
import { FUNCTIONS } from "../functions/signatures.ts";
import { leftSpine } from "../left-spine.ts";
import { formatFloat } from "../json/float-format.ts";
import { typeOf } from "../parse/check.ts";

export type AstJson = { readonly type: string } & Readonly<Record<string, unknown>>;

/** Durations that depend on the query's range are 0, as in Prometheus before evaluation. */
const ms = (duration: Duration | undefined): number => (typeof duration === "number" ? duration : 0);
const written = (duration: Duration | undefined): AstJson | null => (typeof duration === "object" ? durationJson(duration) : null);
const fixed = (at: AtModifier | undefined): number | null => (typeof at === "number" ? at : null);
const end = (at: AtModifier | undefined): string | null => (typeof at === "string" ? at : null);
const times = ({ at, offset }: TimeModifiers) => ({
  offset: ms(offset),
  offsetExpr: written(offset),
  timestamp: fixed(at),
  startOrEnd: end(at),
});
const matchers = (list: readonly Matcher[]) => list.map(({ name, op, value }) => ({ name, type: op, value: value.toWellFormed() }));

function selector(node: VectorSelector) {
  return {
    name: node.name,
    matchers: matchers(node.matchers),
    ...times(node),
    anchored: node.extension === "anchored",
    smoothed: node.extension === "smoothed",
  };
}

/** Brackets are a mark of what is in them; around a literal they make a sum of one. */
function durationJson(expr: DurationExpr): AstJson {
  const type = "durationExpr";
  switch (expr.kind) {
    case "literal":
      return { type: "numberLiteral", val: formatFloat(expr.seconds), duration: expr.duration };
    case "paren": {
      const inner = durationJson(expr.operand);
      return inner.type === type ? { ...inner, wrapped: true } : { type, op: "+", lhs: null, rhs: inner, wrapped: true };
    }
    case "minus":
      return { type, op: "-", lhs: null, rhs: durationJson(expr.operand), wrapped: false };
    case "binary":
      return { type, op: expr.op, lhs: durationJson(expr.left), rhs: durationJson(expr.right), wrapped: false };
    default:
      return { type, op: expr.kind, lhs: null, rhs: null, wrapped: false };
  }
}

/** Prometheus gives a matching to every operation between vectors, also where none was written. */
function matching(node: Binary, left: ValueType, right: ValueType) {
  if (left === "scalar" || right === "scalar") return null;
  const { matching } = node;
  return {
    card: matching?.cardinality ?? "one-to-one",
    labels: matching?.labels ?? [],
    on: matching?.on ?? false,
    include: matching?.include ?? [],
    fillValues: { lhs: matching?.fillLeft ?? null, rhs: matching?.fillRight ?? null },
  };
}

function row(expr: Binary): AstJson {
  const spine = leftSpine(expr);
  let lhs = astJson(spine[0].left);
  let left = typeOf(spine[0].left);
  for (const node of spine) {
    const right = typeOf(node.right);
    const { op, bool } = node;
    lhs = { type: "binaryExpr", op, lhs, rhs: astJson(node.right), matching: matching(node, left, right), bool };
    left = left === "scalar" && right === "scalar" ? "scalar" : "vector";
  }
  return lhs;
}

export function astJson(expr: Expr): AstJson {
  switch (expr.kind) {
    case "number":
      return { type: "numberLiteral", val: formatFloat(expr.value) };
    case "string":
      return { type: "stringLiteral", val: expr.value.toWellFormed() };
    case "vector_selector":
      return { type: "vectorSelector", ...selector(expr) };
    case "matrix_selector":
      return { type: "matrixSelector", ...selector(expr.selector), range: ms(expr.range), rangeExpr: written(expr.range) };
    case "subquery":
      return {
        type: "subquery",
        expr: astJson(expr.expr),
        range: ms(expr.range),
        rangeExpr: written(expr.range),
        step: ms(expr.step),
        stepExpr: written(expr.step),
        ...times(expr),
      };
    case "call": {
      const signature = FUNCTIONS.get(expr.func);
      const func = {
        name: expr.func,
        argTypes: signature?.args ?? [],
        variadic: signature?.variadic ?? 0,
        returnType: signature?.returns ?? "none",
      };
      return { type: "call", func, args: expr.args.map(astJson) };
    }
    case "aggregate": {
      const { op, grouping, without, param } = expr;
      return { type: "aggregation", op, expr: astJson(expr.expr), param: param === undefined ? null : astJson(param), grouping, without };
    }
    case "binary":
      return row(expr);
    case "unary":
      return { type: "unaryExpr", op: expr.op, expr: astJson(expr.expr) };
    case "paren":
      return { type: "parenExpr", expr: astJson(expr.expr) };
  }
}
