/**
 * Finds the rules that look at one series at a time and turns them into programs: one selector, its arithmetic with
 * constants and its range functions, and comparisons. Everything else answers null and runs on its interval.
 */
import type { Matcher } from "../../model/matcher.ts";
import { METRIC_NAME } from "../../model/labels.ts";
import type { Binary, Expr, VectorSelector } from "../../promql/ast.ts";
import { KEEPS_NAME } from "../../promql/functions/windows.ts";
import { leftSpine } from "../../promql/left-spine.ts";
import { APPLY, BOTH, KEEP_LEFT, KEEP_RIGHT, NEGATIVE, NEWEST, NUMBER, OPERATORS, RANGE, isComparison, operate } from "./program-runner.ts";
import { RANGE_FUNCTIONS } from "./range-functions.ts";

/** Range functions longer than this would hold too many samples per series. */
const LONGEST_RANGE_MS = 3_600_000;

export interface SeriesProgram {
  readonly matchers: readonly Matcher[];
  /** Ms of samples the window must hold; 0 when the newest sample is enough. */
  readonly rangeMs: number;
  /** See program-runner.ts. */
  readonly code: Float64Array<ArrayBuffer>;
  /** Whether its result has the name of the metric, as the engine's has. */
  readonly keepsName: boolean;
  /** Constant of the outermost comparison, for messages. */
  readonly threshold: number | null;
}

interface Compilation {
  selector: VectorSelector | null;
  rangeMs: number;
}

interface Compiled {
  readonly code: readonly number[];
  readonly keepsName: boolean;
  /** Its value when it does not depend on a series. */
  readonly constant: number | null;
}

export function compileSeriesProgram(expr: Expr): SeriesProgram | null {
  const context: Compilation = { selector: null, rangeMs: 0 };
  const compiled = compile(expr, context);
  if (compiled === null || compiled.constant !== null || context.selector === null) return null;
  const code = Float64Array.from(compiled.code);
  return {
    matchers: context.selector.matchers,
    rangeMs: context.rangeMs,
    code,
    keepsName: compiled.keepsName,
    threshold: thresholdOf(expr),
  };
}

/** Whether both read the same series. */
export const sameSeries = (a: SeriesProgram, b: SeriesProgram): boolean => matchersKey(a.matchers) === matchersKey(b.matchers);

/** What a row of `and` and `unless` begins with. */
function beforeSets({ left }: Binary): Expr {
  let first = left;
  while (first.kind === "binary" && (first.op === "and" || first.op === "unless")) first = first.left;
  return first;
}

/** The constant side of the outermost comparison; of those that `or` joins, what all of them have. */
export function thresholdOf(expr: Expr): number | null {
  if (expr.kind === "paren") return thresholdOf(expr.expr);
  if (expr.kind !== "binary") return null;
  if (expr.op === "or") {
    const threshold = thresholdOf(expr.right);
    let { left } = expr;
    for (; left.kind === "binary" && left.op === "or"; { left } = left) if (thresholdOf(left.right) !== threshold) return null;
    return thresholdOf(left) === threshold ? threshold : null;
  }
  if (!isComparison(expr.op)) return expr.op === "and" || expr.op === "unless" ? thresholdOf(beforeSets(expr)) : null;
  const blank: Compilation = { selector: null, rangeMs: 0 };
  return compile(expr.right, blank)?.constant ?? compile(expr.left, blank)?.constant ?? null;
}

function compile(expr: Expr, context: Compilation): Compiled | null {
  switch (expr.kind) {
    case "number":
      return constant(expr.value);
    case "paren":
      return compile(expr.expr, context);
    case "unary": {
      const inner = compile(expr.expr, context);
      if (inner === null || expr.op === "+") return inner;
      return inner.constant === null ? reading([NEGATIVE, ...inner.code]) : constant(-inner.constant);
    }
    case "vector_selector":
      return adopt(expr, context) ? reading([NEWEST], true) : null;
    case "call":
      return compileCall(expr.func, expr.args, context);
    case "binary":
      return compileBinary(expr, context);
    default:
      return null;
  }
}

const constant = (value: number): Compiled => ({ code: [NUMBER, value], keepsName: false, constant: value });
const reading = (code: readonly number[], keepsName = false): Compiled => ({ code, keepsName, constant: null });

/** True when the selector is the program's only one: same matchers, one metric name, no offset, no fixed time. */
function adopt(selector: VectorSelector, context: Compilation): boolean {
  if (selector.offset !== 0 || selector.at !== undefined || selector.extension !== undefined) return false;
  if (!selector.matchers.some((matcher) => matcher.name === METRIC_NAME && matcher.op === "=")) return false;
  if (context.selector === null) {
    context.selector = selector;
    return true;
  }
  return matchersKey(context.selector.matchers) === matchersKey(selector.matchers);
}

const matchersKey = (matchers: readonly Matcher[]): string =>
  JSON.stringify(matchers.map(({ name, op, value }) => JSON.stringify([name, op, value])).sort());

function compileCall(name: string, args: readonly Expr[], context: Compilation): Compiled | null {
  const range = RANGE_FUNCTIONS.findIndex((each) => each.name === name);
  const argument = args[0];
  if (range === -1 || args.length !== 1 || argument?.kind !== "matrix_selector" || typeof argument.range !== "number") return null;
  const rangeMs = argument.range;
  if (rangeMs > LONGEST_RANGE_MS || !adopt(argument.selector, context)) return null;
  context.rangeMs = Math.max(context.rangeMs, rangeMs);
  return reading([RANGE, range, rangeMs], KEEPS_NAME.has(name));
}

/** Of more operations in a row a rule is evaluated on its interval. */
const LONGEST_ROW = 100;

function compileBinary(expr: Binary, context: Compilation): Compiled | null {
  const { op, matching } = expr;
  if (leftSpine(expr).length > LONGEST_ROW) return null;
  if (op === "and") return compileBoth(expr, context);
  if (
    matching !== undefined &&
    (matching.on || matching.labels.length > 0 || matching.include.length > 0 || matching.cardinality !== "one-to-one")
  )
    return null;
  if (matching?.fillLeft !== undefined || matching?.fillRight !== undefined) return null;
  const left = compile(expr.left, context);
  const right = compile(expr.right, context);
  if (left === null || right === null) return null;
  const operator = OPERATORS.indexOf(op);
  if (operator === -1) return null;
  if (left.constant !== null && right.constant !== null) return constant(operate(operator, left.constant, right.constant));
  const operands = [operator, ...left.code, ...right.code];
  if (!isComparison(op) || expr.bool) return reading([APPLY, ...operands]);
  // A filter keeps the vector's side.
  return left.constant === null ? reading([KEEP_LEFT, ...operands], left.keepsName) : reading([KEEP_RIGHT, ...operands], right.keepsName);
}

function compileBoth({ left, right, matching }: Binary, context: Compilation): Compiled | null {
  if (matching?.on === true || (matching?.labels.length ?? 0) > 0) return null;
  const l = compile(left, context);
  const r = compile(right, context);
  if (l === null || r === null || l.constant !== null || r.constant !== null) return null;
  return reading([BOTH, ...l.code, ...r.code], l.keepsName);
}
