/** Our own PromQL tree. Positions are UTF-16 offsets into the query text, `to` exclusive. */
import type { Matcher } from "../model/matcher.ts";

export interface Span {
  readonly from: number;
  readonly to: number;
}

export type ValueType = "scalar" | "vector" | "matrix" | "string" | "none";

export type ArithmeticOp = "+" | "-" | "*" | "/" | "%" | "^" | "atan2";
export type ComparisonOp = "==" | "!=" | ">" | "<" | ">=" | "<=";
/** `</` keeps observations below, `>/` above a bound (experimental, native histograms). */
export type TrimOp = "</" | ">/";
export type SetOp = "and" | "or" | "unless";
export type BinaryOp = ArithmeticOp | ComparisonOp | TrimOp | SetOp;

export type AggregateOp =
  | "sum"
  | "avg"
  | "min"
  | "max"
  | "count"
  | "group"
  | "stddev"
  | "stdvar"
  | "topk"
  | "bottomk"
  | "quantile"
  | "count_values"
  | "limitk"
  | "limit_ratio";

/** A length of time in a modifier or range: ms, or an expression settled at evaluation. */
export type Duration = number | DurationExpr;

export type DurationExpr =
  /** `duration`: written with a unit. */
  | { readonly kind: "literal"; readonly seconds: number; readonly duration: boolean; readonly span: Span }
  | { readonly kind: "paren"; readonly operand: DurationExpr; readonly span: Span }
  | { readonly kind: "step" | "range"; readonly span: Span }
  | { readonly kind: "minus"; readonly operand: DurationExpr; readonly span: Span }
  | {
      readonly kind: "binary";
      readonly op: "+" | "-" | "*" | "/" | "%" | "^" | "min_of" | "max_of";
      readonly left: DurationExpr;
      readonly right: DurationExpr;
      readonly span: Span;
    };

/** Where the `@` modifier fixes a selector: ms since the epoch or an end of the query's range. */
export type AtModifier = number | "start" | "end";

/** What may follow a selector or subquery. `offset` 0 means none. */
export interface TimeModifiers {
  readonly offset: Duration;
  readonly at?: AtModifier;
}

export interface NumberLiteral {
  readonly kind: "number";
  readonly value: number;
  /** Written as a duration (`5m`): kept for printing. */
  readonly duration: boolean;
  readonly span: Span;
}

export interface StringLiteral {
  readonly kind: "string";
  readonly value: string;
  readonly span: Span;
}

export interface VectorSelector extends TimeModifiers {
  readonly kind: "vector_selector";
  /** The name before the braces, "" if there is none. */
  readonly name: string;
  /** All matchers, `__name__` among them. */
  readonly matchers: readonly Matcher[];
  /** `anchored` and `smoothed` look at samples around the window instead of inside it (experimental). */
  readonly extension?: "anchored" | "smoothed";
  readonly span: Span;
}

export interface MatrixSelector {
  readonly kind: "matrix_selector";
  readonly selector: VectorSelector;
  readonly range: Duration;
  readonly span: Span;
}

export interface Subquery extends TimeModifiers {
  readonly kind: "subquery";
  readonly expr: Expr;
  readonly range: Duration;
  /** Undefined: the default resolution. */
  readonly step?: Duration;
  readonly span: Span;
}

export interface Call {
  readonly kind: "call";
  readonly func: string;
  readonly args: readonly Expr[];
  readonly span: Span;
}

export interface Aggregate {
  readonly kind: "aggregate";
  readonly op: AggregateOp;
  readonly expr: Expr;
  readonly param?: Expr;
  readonly grouping: readonly string[];
  readonly without: boolean;
  readonly span: Span;
}

export type Cardinality = "one-to-one" | "many-to-one" | "one-to-many" | "many-to-many";

export interface VectorMatching {
  readonly cardinality: Cardinality;
  readonly on: boolean;
  readonly labels: readonly string[];
  /** Labels of the "one" side copied into the result by group_left and group_right. */
  readonly include: readonly string[];
  /** Values that stand in for a missing left or right sample. */
  readonly fillLeft?: number;
  readonly fillRight?: number;
}

export interface Binary {
  readonly kind: "binary";
  readonly op: BinaryOp;
  readonly left: Expr;
  readonly right: Expr;
  readonly bool: boolean;
  /** Present when both sides are vectors or a matching clause was written. */
  readonly matching?: VectorMatching;
  readonly span: Span;
  /** Position of the operator, for annotations. */
  readonly opSpan: Span;
}

export interface Unary {
  readonly kind: "unary";
  readonly op: "+" | "-";
  readonly expr: Expr;
  readonly span: Span;
}

export interface Paren {
  readonly kind: "paren";
  readonly expr: Expr;
  readonly span: Span;
}

export type Expr = NumberLiteral | StringLiteral | VectorSelector | MatrixSelector | Subquery | Call | Aggregate | Binary | Unary | Paren;
