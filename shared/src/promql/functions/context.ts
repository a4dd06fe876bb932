/** What functions need of the evaluator. */
import type { SelectedSeries } from "../../model/sample.ts";
import type { QueryParams, SelectRequest } from "../api.ts";
import type { Expr, MatrixSelector, Subquery, VectorSelector } from "../ast.ts";
import type { Annotations } from "../evaluation/annotations.ts";
import type { LabelBudget } from "../evaluation/label-budget.ts";
import type { Pace, Stepwise } from "../evaluation/pace.ts";
import type { Column, Steps } from "../evaluation/steps.ts";
import type { WindowFunction } from "../select/window.ts";

export interface EvaluationContext {
  readonly params: QueryParams;
  readonly notes: Annotations;
  readonly pace: Pace;
  readonly labels: LabelBudget;
  vector(expr: Expr, steps: Steps): Stepwise<Column[]>;
  scalar(expr: Expr, steps: Steps): Stepwise<Float64Array>;
  string(expr: Expr | undefined): string;
  select(request: SelectRequest): readonly SelectedSeries[];
  /** `times` gets each column's sample times in ms. */
  instant(node: VectorSelector, steps: Steps, times?: (column: Column, ms: Float64Array) => void): Stepwise<Column[]>;
  /** `param`: the function's first scalar argument. */
  slide(
    node: MatrixSelector | Subquery,
    steps: Steps,
    fn: WindowFunction,
    dropName: boolean,
    func: string,
    param?: Float64Array,
  ): Stepwise<Column[]>;
}
