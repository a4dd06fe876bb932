/** The type checker, in Prometheus's words. Returns the type of the expression or throws the first error. */
import type { Aggregate, Binary, Call, Expr, ValueType, VectorMatching, VectorSelector } from "../ast.ts";
import { parseError } from "../failure.ts";
import { EXPERIMENTAL_AGGREGATIONS, FUNCTIONS } from "../functions/signatures.ts";
import { leftSpine } from "../left-spine.ts";
import { compileMatcher } from "../matchers.ts";

const NAMES: Readonly<Record<ValueType, string>> = {
  scalar: "scalar",
  vector: "instant vector",
  matrix: "range vector",
  string: "string",
  none: "none",
};
const COMPARISONS = new Set(["==", "!=", ">", "<", ">=", "<="]);
const SETS = new Set(["and", "or", "unless"]);

/** The static type of a checked expression. */
export function typeOf(expr: Expr): ValueType {
  switch (expr.kind) {
    case "number":
      return "scalar";
    case "string":
      return "string";
    case "vector_selector":
    case "aggregate":
      return "vector";
    case "matrix_selector":
    case "subquery":
      return "matrix";
    case "call":
      return FUNCTIONS.get(expr.func)?.returns ?? "none";
    case "binary":
      return hasVector(expr) ? "vector" : "scalar";
    case "unary":
    case "paren":
      return typeOf(expr.expr);
  }
}

/** Looks from the right, where a row of vectors has one at once. */
function hasVector(row: Binary): boolean {
  let node: Expr = row;
  for (; node.kind === "binary"; node = node.left) if (typeOf(node.right) !== "scalar") return true;
  return typeOf(node) !== "scalar";
}

/** What matches the sides of an operation: only vectors have labels, so beside a scalar a clause without any says nothing (`x + on() 1`). */
export const matchingOf = ({ left, right, matching }: Binary): VectorMatching | undefined =>
  matching !== undefined && typeOf(left) === "vector" && typeOf(right) === "vector" ? matching : undefined;

export class TypeChecker {
  readonly text: string;
  readonly experimental: boolean;

  constructor(text: string, experimental: boolean) {
    this.text = text;
    this.experimental = experimental;
  }

  check(expr: Expr): ValueType {
    switch (expr.kind) {
      case "number":
      case "string":
        break;
      case "vector_selector":
        this.selector(expr);
        break;
      case "matrix_selector":
        this.selector(expr.selector);
        break;
      case "subquery": {
        const type = this.check(expr.expr);
        if (type !== "vector") throw parseError(this.text, expr.span, `subquery is only allowed on instant vector, got ${type} instead`);
        break;
      }
      case "call":
        this.call(expr);
        break;
      case "aggregate":
        this.aggregate(expr);
        break;
      case "binary":
        return this.row(expr);
      case "unary": {
        const type = this.check(expr.expr);
        if (type !== "scalar" && type !== "vector")
          throw parseError(
            this.text,
            expr.span,
            `unary expression only allowed on expressions of type scalar or instant vector, got ${JSON.stringify(NAMES[type])}`,
          );
        break;
      }
      case "paren":
        this.check(expr.expr);
        break;
    }
    return typeOf(expr);
  }

  private expect(expr: Expr, wanted: ValueType, where: string): void {
    const type = this.check(expr);
    if (type !== wanted) throw parseError(this.text, expr.span, `expected type ${NAMES[wanted]} in ${where}, got ${NAMES[type]}`);
  }

  private selector(selector: VectorSelector): void {
    let selective = false;
    for (const matcher of selector.matchers) {
      const compiled = compileMatcher(matcher);
      if (!compiled.ok) throw parseError(this.text, selector.span, compiled.error.message);
      if (!compiled.value("")) selective = true;
    }
    if (!selective) throw parseError(this.text, selector.span, "vector selector must contain at least one non-empty matcher");
  }

  private call(call: Call): void {
    const signature = FUNCTIONS.get(call.func);
    if (signature === undefined) throw parseError(this.text, call.span, `unknown function with name ${JSON.stringify(call.func)}`);
    if (signature.experimental && !this.experimental)
      throw parseError(this.text, call.span, `function ${JSON.stringify(call.func)} is not enabled`);
    const wanted = signature.args.length;
    const given = call.args.length;
    const name = JSON.stringify(call.func);
    if (signature.variadic === 0 && given !== wanted)
      throw parseError(this.text, call.span, `expected ${wanted} argument(s) in call to ${name}, got ${given}`);
    if (signature.variadic !== 0) {
      if (given < wanted - 1)
        throw parseError(this.text, call.span, `expected at least ${wanted - 1} argument(s) in call to ${name}, got ${given}`);
      const most = wanted + signature.variadic - 1;
      if (signature.variadic > 0 && given > most)
        throw parseError(this.text, call.span, `expected at most ${most} argument(s) in call to ${name}, got ${given}`);
    }
    if (
      call.func === "info" &&
      call.args[1] !== undefined &&
      (call.args[1].kind !== "vector_selector" || this.text[call.args[1].span.from] !== "{")
    ) {
      throw parseError(
        this.text,
        call.args[1].span,
        call.args[1].kind === "vector_selector"
          ? "expected label selectors only, got vector selector instead"
          : "expected label selectors only",
      );
    }
    call.args.forEach((arg, index) => {
      if (call.func === "info" && index === 1) return;
      this.expect(arg, signature.args[Math.min(index, wanted - 1)] ?? "none", `call to function ${name}`);
    });
  }

  private aggregate(aggregate: Aggregate): void {
    if (EXPERIMENTAL_AGGREGATIONS.has(aggregate.op) && !this.experimental) {
      throw parseError(
        this.text,
        aggregate.span,
        `${aggregate.op}() is experimental and must be enabled with --enable-feature=promql-experimental-functions`,
      );
    }
    this.expect(aggregate.expr, "vector", "aggregation expression");
    if (aggregate.param !== undefined)
      this.expect(aggregate.param, aggregate.op === "count_values" ? "string" : "scalar", "aggregation parameter");
  }

  private row(expr: Binary): ValueType {
    const spine = leftSpine(expr);
    let type = this.check(spine[0].left);
    for (const node of spine) {
      const right = this.check(node.right);
      this.binary(node, type, right);
      type = type === "scalar" && right === "scalar" ? "scalar" : "vector";
    }
    return type;
  }

  private binary(binary: Binary, left: ValueType, right: ValueType): void {
    const at = (message: string) => parseError(this.text, binary.opSpan, message);
    const over = (message: string) => parseError(this.text, binary.span, message);
    const { op, matching } = binary;
    if (binary.bool && !COMPARISONS.has(op)) throw at("bool modifier can only be used on comparison operators");
    if (COMPARISONS.has(op) && !binary.bool && left === "scalar" && right === "scalar")
      throw at("comparisons between scalars must use BOOL modifier");
    if (matching !== undefined && matching.on) {
      for (const label of matching.labels) {
        if (matching.include.includes(label)) throw at(`label ${JSON.stringify(label)} must not occur in ON and GROUP clause at once`);
      }
    }
    if ((left !== "scalar" && left !== "vector") || (right !== "scalar" && right !== "vector")) {
      const wrong = left !== "scalar" && left !== "vector" ? binary.left : binary.right;
      throw parseError(this.text, wrong.span, "binary expression must contain only scalar and instant vector types");
    }
    const set = SETS.has(op);
    if (left === "vector" && right === "vector") {
      if (set && matching !== undefined) {
        if (matching.cardinality !== "many-to-many") throw over(`no grouping allowed for ${JSON.stringify(op)} operation`);
        if (matching.fillLeft !== undefined || matching.fillRight !== undefined)
          throw over(`filling in missing series not allowed for set operators`);
      }
      return;
    }
    if (matching !== undefined && matching.labels.length > 0) throw over("vector matching only allowed between instant vectors");
    if (matching !== undefined && (matching.fillLeft !== undefined || matching.fillRight !== undefined))
      throw over("filling in missing series only allowed between instant vectors");
    if (set) throw over(`set operator ${JSON.stringify(op)} not allowed in binary scalar expression`);
  }
}
