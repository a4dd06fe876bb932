/**
 * Programs of streaming rules as numbers in prefix notation, an operation before its operands, and what runs them: rules of thousands
 * lie side by side, and none brings functions of its own.
 */
import type { ArithmeticOp, ComparisonOp } from "../../promql/ast.ts";
import { isStale } from "../../model/sample.ts";
import { arithmetic } from "../../promql/binary/operators.ts";
import { RANGE_FUNCTIONS } from "./range-functions.ts";
import { SampleWindows } from "./sample-windows.ts";

export const LOOKBACK_MS = 300_000;

/** The constant that follows. */
export const NUMBER = 0;
/** The value of an instant selector. */
export const NEWEST = 1;
/** Function by its place in RANGE_FUNCTIONS, range in ms. */
export const RANGE = 2;
export const NEGATIVE = 3;
/** `and` of two readings of the one series: its left side, where both have a result. */
export const BOTH = 4;
/** Operator by its place in OPERATORS, left, right: its value, or as a filter the side that is a vector. */
export const APPLY = 5;
export const KEEP_LEFT = 6;
export const KEEP_RIGHT = 7;

type Operation = (a: number, b: number) => number;

const COMPARISONS: Readonly<Record<ComparisonOp, Operation>> = {
  "==": (a, b) => (a === b ? 1 : 0),
  "!=": (a, b) => (a !== b ? 1 : 0),
  ">": (a, b) => (a > b ? 1 : 0),
  "<": (a, b) => (a < b ? 1 : 0),
  ">=": (a, b) => (a >= b ? 1 : 0),
  "<=": (a, b) => (a <= b ? 1 : 0),
};

const ARITHMETIC: Readonly<Record<ArithmeticOp, Operation>> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => a / b,
  "%": (a, b) => a % b,
  "^": (a, b) => arithmetic("^", a, b),
  atan2: (a, b) => Math.atan2(a, b),
};

export const OPERATORS: readonly string[] = [COMPARISONS, ARITHMETIC].flatMap(Object.keys);
const OPERATIONS: readonly Operation[] = [...Object.values(COMPARISONS), ...Object.values(ARITHMETIC)];

export const isComparison = (op: string): op is ComparisonOp => Object.hasOwn(COMPARISONS, op);

export const operate = (operator: number, left: number, right: number): number => (OPERATIONS[operator] as Operation)(left, right);

export class ProgramRunner {
  /** Programs read the series that was sought last. */
  readonly windows = new SampleWindows();
  /** Of the program that ran last: whether there is no result, and whether that is for want of data. */
  absent = false;
  missing = false;
  /** Where its code ended. */
  end = 0;
  #code = new Float64Array(0);
  #at = 0;

  /** The value at a time, ms, of the program whose code begins at `from`. */
  run(code: Float64Array<ArrayBuffer>, from: number, at: number): number {
    this.#code = code;
    this.#at = at;
    this.end = from;
    this.absent = false;
    this.missing = false;
    return this.#value();
  }

  #next(): number {
    return this.#code[this.end++] as number;
  }

  #value(): number {
    const operation = this.#next();
    switch (operation) {
      case NUMBER:
        return this.#next();
      case NEWEST:
        return this.#newest();
      case RANGE:
        return this.#range();
      case NEGATIVE:
        return -this.#value();
      case BOTH: {
        const value = this.#value();
        this.#value();
        return value;
      }
      default:
        return this.#binary(operation);
    }
  }

  #binary(operation: number): number {
    const operator = this.#next();
    const left = this.#value();
    const right = this.#value();
    const value = operate(operator, left, right);
    if (operation === APPLY) return value;
    if (value === 0) this.absent = true;
    return operation === KEEP_LEFT ? left : right;
  }

  #newest(): number {
    const { lastTime, lastValue } = this.windows;
    if (lastTime <= this.#at - LOOKBACK_MS || isStale(lastValue)) this.absent = this.missing = true;
    return lastValue;
  }

  #range(): number {
    const { windows } = this;
    const { least, of } = RANGE_FUNCTIONS[this.#next()] as (typeof RANGE_FUNCTIONS)[number];
    const fromMs = this.#at - this.#next();
    const from = windows.firstAfter(fromMs);
    if (windows.end - from >= least * 2) return of(windows, from, fromMs, this.#at);
    this.absent = this.missing = true;
    return 0;
  }
}
