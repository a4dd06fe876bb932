/**
 * Finds the rules that look at one series at a time and turns them into programs: one selector, its arithmetic with
 * constants and its range functions, and comparisons. Everything else answers null and runs on its interval.
 */
import type { Matcher } from "../../model/matcher.ts";
import { METRIC_NAME } from "../../model/labels.ts";
import { isStale } from "../../model/sample.ts";
import type { ArithmeticOp, Binary, ComparisonOp, Expr, VectorSelector } from "../../promql/ast.ts";
import { KEEPS_NAME } from "../../promql/functions/windows.ts";
import { leftSpine } from "../../promql/left-spine.ts";
import { RANGE_FUNCTIONS, type RangeResult } from "./range-functions.ts";
import type { SampleRing } from "./sample-ring.ts";

/** Range functions longer than this would hold too many samples per series. */
const LONGEST_RANGE_MS = 3_600_000;
export const LOOKBACK_MS = 300_000;

/** What a program reads: the series' newest sample and its ring. `absent` says that there is no result, `missing` that there are no data. */
export interface ProgramInput {
  /** Of evaluation, ms. */
  at: number;
  lastTime: number;
  lastValue: number;
  ring: SampleRing | null;
  absent: boolean;
  missing: boolean;
}

export const programInput = (ring: SampleRing | null): ProgramInput => ({
  at: 0,
  lastTime: 0,
  lastValue: 0,
  ring,
  absent: false,
  missing: false,
});

type Node = (input: ProgramInput) => number;

export interface SeriesProgram {
  readonly matchers: readonly Matcher[];
  /** Ms of samples the ring must hold; 0 when the newest sample is enough. */
  readonly rangeMs: number;
  readonly run: Node;
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
  readonly run: Node;
  readonly keepsName: boolean;
  /** Its value when it does not depend on a series. */
  readonly constant: number | null;
}

export function compileSeriesProgram(expr: Expr): SeriesProgram | null {
  const context: Compilation = { selector: null, rangeMs: 0 };
  const compiled = compile(expr, context);
  if (compiled === null || compiled.constant !== null || context.selector === null) return null;
  const { run, keepsName } = compiled;
  return { matchers: context.selector.matchers, rangeMs: context.rangeMs, run, keepsName, threshold: thresholdOf(expr) };
}

/** The value at a time; `input.absent` and `input.missing` say when there is none. */
export function runProgram(program: SeriesProgram, input: ProgramInput, at: number): number {
  input.at = at;
  input.absent = false;
  input.missing = false;
  return program.run(input);
}

/** Shows a program's input a sample; a late one is seen by range functions alone. */
export function remember(input: ProgramInput, tMs: number, value: number): void {
  if (tMs >= input.lastTime) {
    input.lastTime = tMs;
    input.lastValue = value;
  }
  // A stale marker ends the series for instant selectors and is not a sample to range functions.
  if (isStale(value)) input.ring?.remove(tMs);
  else input.ring?.put(tMs, value);
}

/** Whether both read the same series. */
export const sameSeries = (a: SeriesProgram, b: SeriesProgram): boolean => matchersKey(a.matchers) === matchersKey(b.matchers);

/** What a row of `and` and `unless` begins with. */
function beforeSets({ left }: Binary): Expr {
  let first = left;
  while (first.kind === "binary" && (first.op === "and" || first.op === "unless")) first = first.left;
  return first;
}

/** The constant side of the outermost comparison. */
export function thresholdOf(expr: Expr): number | null {
  if (expr.kind === "paren") return thresholdOf(expr.expr);
  if (expr.kind !== "binary") return null;
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
      const { run } = inner;
      return inner.constant === null ? { run: (input) => -run(input), keepsName: false, constant: null } : constant(-inner.constant);
    }
    case "vector_selector":
      return adopt(expr, context) ? { run: newest, keepsName: true, constant: null } : null;
    case "call":
      return compileCall(expr.func, expr.args, context);
    case "binary":
      return compileBinary(expr, context);
    default:
      return null;
  }
}

const constant = (value: number): Compiled => ({ run: () => value, keepsName: false, constant: value });

const newest: Node = (input) => {
  if (input.lastTime <= input.at - LOOKBACK_MS || isStale(input.lastValue)) input.absent = input.missing = true;
  return input.lastValue;
};

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
  const range = RANGE_FUNCTIONS.get(name);
  const argument = args[0];
  if (range === undefined || args.length !== 1 || argument?.kind !== "matrix_selector" || typeof argument.range !== "number") return null;
  const rangeMs = argument.range;
  if (rangeMs > LONGEST_RANGE_MS || !adopt(argument.selector, context)) return null;
  context.rangeMs = Math.max(context.rangeMs, rangeMs);
  const out: RangeResult = { value: 0, absent: false };
  return {
    constant: null,
    keepsName: KEEPS_NAME.has(name),
    run: (input) => {
      if (input.ring === null) {
        input.absent = input.missing = true;
        return 0;
      }
      range(input.ring, input.at - rangeMs, input.at, out);
      if (out.absent) input.absent = input.missing = true;
      return out.value;
    },
  };
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
  const constants = left.constant !== null && right.constant !== null;
  const [l, r] = [left.run, right.run];
  if (isComparison(op)) {
    const holds = COMPARISONS[op];
    if (constants || expr.bool) {
      const run: Node = (input) => (holds(l(input), r(input)) ? 1 : 0);
      return left.constant !== null && right.constant !== null
        ? constant(holds(left.constant, right.constant) ? 1 : 0)
        : { run, keepsName: false, constant: null };
    }
    // A filter keeps the vector's side.
    const keepsRight = left.constant !== null;
    return {
      constant: null,
      keepsName: (keepsRight ? right : left).keepsName,
      run: (input) => {
        const a = l(input);
        const b = r(input);
        if (!holds(a, b)) input.absent = true;
        return keepsRight ? b : a;
      },
    };
  }
  if (!isArithmetic(op)) return null;
  const apply = ARITHMETIC[op];
  if (left.constant !== null && right.constant !== null) return constant(apply(left.constant, right.constant));
  return { run: (input) => apply(l(input), r(input)), keepsName: false, constant: null };
}

/** `and` of two readings of the one series: its left side, where both have a result. */
function compileBoth({ left, right, matching }: Binary, context: Compilation): Compiled | null {
  if (matching?.on === true || (matching?.labels.length ?? 0) > 0) return null;
  const l = compile(left, context);
  const r = compile(right, context);
  if (l === null || r === null || l.constant !== null || r.constant !== null) return null;
  return {
    constant: null,
    keepsName: l.keepsName,
    run: (input) => {
      const value = l.run(input);
      r.run(input);
      return value;
    },
  };
}

const COMPARISONS: Readonly<Record<ComparisonOp, (a: number, b: number) => boolean>> = {
  "==": (a, b) => a === b,
  "!=": (a, b) => a !== b,
  ">": (a, b) => a > b,
  "<": (a, b) => a < b,
  ">=": (a, b) => a >= b,
  "<=": (a, b) => a <= b,
};

const ARITHMETIC: Readonly<Record<ArithmeticOp, (a: number, b: number) => number>> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => a / b,
  "%": (a, b) => a % b,
  // Go's Pow: 1 to any power, NaN included, is 1.
  "^": (a, b) => (a === 1 || b === 0 ? 1 : a ** b),
  atan2: (a, b) => Math.atan2(a, b),
};

const isComparison = (op: string): op is ComparisonOp => Object.hasOwn(COMPARISONS, op);
const isArithmetic = (op: string): op is ArithmeticOp => Object.hasOwn(ARITHMETIC, op);
