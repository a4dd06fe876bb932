/** What the expression of a rule gives at one time, in one go or in steps of work. */
import type { NativeHistogram } from "../model/histogram.ts";
import type { Labels } from "../model/labels.ts";
import { type Result, fail, ok } from "../model/result.ts";
import type { MatrixSeries } from "../promql/api.ts";
import type { Expr } from "../promql/ast.ts";
import { finish, Pace, type Stepwise } from "../promql/evaluation/pace.ts";
import { evaluateInSlices, type PacedSelect } from "../promql/slices.ts";
import { withRuleLabels } from "./alert-labels.ts";
import type { ConditionPorts } from "./interval-conditions.ts";

export interface RuleSample {
  readonly labels: Labels;
  readonly value: number;
  readonly histogram?: NativeHistogram;
}

/** What a rule's expression gives at one time. Failures: the engine's, and `bad_rule` for a text or a range. */
export function evaluateRule(expr: Expr, t: number, select: PacedSelect, subqueryStepMs?: number): Result<readonly RuleSample[]> {
  return finish(evaluateRuleStepwise(expr, t, select, new Pace(Infinity), subqueryStepMs));
}

/** The same, stopping whenever `pace` says so. */
export function* evaluateRuleStepwise(
  expr: Expr,
  t: number,
  select: PacedSelect,
  pace: Pace,
  subqueryStepMs?: number,
): Stepwise<Result<readonly RuleSample[]>> {
  const times = { startMs: t, endMs: t, stepMs: 0, ...(subqueryStepMs === undefined ? {} : { subqueryStepMs }) };
  const result = yield* evaluateInSlices(expr, times, select, { pace });
  if (!result.ok) return result;
  const { value } = result.value;
  if (value.type === "scalar") return ok([{ labels: {}, value: value.value }]);
  if (value.type === "vector") return ok(value.samples);
  return fail("bad_rule", `a rule's expression gives a vector or a number, not a ${value.type}`);
}

/** Asks what a rule's conditions need besides its expression; labels come without the name. */
export function conditionPorts(t: number, select: PacedSelect, pace: Pace): ConditionPorts {
  return {
    *at(expr) {
      const result = yield* evaluateRuleStepwise(expr, t, select, pace);
      if (!result.ok) return null;
      return result.value.map(({ labels, value }) => ({ labels: withRuleLabels(labels, {}), value }));
    },
    *over({ expr, ...times }): Stepwise<readonly MatrixSeries[] | null> {
      const result = yield* evaluateInSlices(expr, times, select, { pace });
      if (!result.ok || result.value.value.type !== "matrix") return null;
      return result.value.value.series.map((series) => ({ ...series, labels: withRuleLabels(series.labels, {}) }));
    },
  };
}
