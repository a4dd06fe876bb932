/** An alerting rule made ready to be judged, alike wherever that happens: at ingest, on an interval, in tests and over history. */
import { gapLimitOf } from "../alerting/alert-state.ts";
import { METRIC_NAME } from "../model/labels.ts";
import { type Result, ok } from "../model/result.ts";
import { type AlertRule, type GapPolicy, type MOfN, type RuleGroup, isRecording } from "../model/rule.ts";
import type { Expr } from "../promql/ast.ts";
import { parseQuery } from "../promql/engine.ts";
import { asksQuery } from "../template/reads-moment.ts";
import { presenceForm } from "./expression-forms.ts";
import { varyingLabels } from "./alert-labels.ts";
import { ofKind } from "./histogram-forms.ts";
import { type SeriesProgram, compileSeriesProgram, sameSeries } from "./streaming/compile.ts";
import { guardedExpression } from "./traffic-guard.ts";

/** How a rule's expression is parsed once it is in place: whether experimental functions are on was asked when its file was read. */
export const AS_READ = { experimentalFunctions: true } as const;

export interface RulePlan {
  /** With its low-traffic guard. */
  readonly expr: Expr;
  readonly hold: Expr | null;
  /** Gives every series there are data of; null: not to be asked. */
  readonly presence: Expr | null;
  readonly mOfN: MOfN | null;
  readonly onGap: GapPolicy;
  readonly gapLimitMs: number;
  /** For one series at a time; null: the rule runs on its interval. */
  readonly program: SeriesProgram | null;
  readonly holdProgram: SeriesProgram | null;
  /** Each series decides for itself, whether or not the rule streams. */
  readonly perSeries: boolean;
  /** What a streaming rule says of native histograms, which runs on the interval beside it; null: nothing. */
  readonly ofHistograms: RulePlan | null;
  /** Whether it says more than Prometheus's rules can: all others take a shorter way. */
  readonly conditional: boolean;
}

/** Failures: those of the parser, and `bad_rule` of the guard. */
export function planRule(rule: AlertRule): Result<RulePlan> {
  const parsed = parseQuery(rule.expr, AS_READ);
  if (!parsed.ok) return parsed;
  const guarded = guardedExpression(parsed.value, rule);
  if (!guarded.ok) return guarded;
  const held = rule.keepFiringExpr === undefined ? null : parseQuery(rule.keepFiringExpr, AS_READ);
  if (held?.ok === false) return held;
  const expr = guarded.value;
  const hold = held?.value ?? null;
  const mOfN = rule.mOfN ?? null;
  const presence = presenceForm(expr);
  const onGap = presence === null ? "resolve" : (rule.onGap ?? "resolve");
  const common = { mOfN, onGap, gapLimitMs: gapLimitOf(rule), conditional: hold !== null || mOfN !== null || onGap !== "resolve" };
  const asked = (of: Expr): Expr | null => (onGap === "resolve" && mOfN === null ? null : presenceForm(of));
  // Labels that follow the value are those of an evaluation, as in Prometheus, not of each sample; so is what a query answers.
  const alone =
    varyingLabels(rule) === null ? streamed(ofKind(expr, "floats") ?? expr, hold === null ? null : (ofKind(hold, "floats") ?? hold)) : NONE;
  const programs = Object.values(rule.annotations).some(asksQuery) ? NONE : alone;
  const histograms = programs.program === null ? null : ofKind(expr, "histograms");
  const ofHistograms: RulePlan | null =
    histograms === null
      ? null
      : {
          ...common,
          expr: histograms,
          hold: hold === null ? null : ofKind(hold, "histograms"),
          presence: asked(histograms),
          program: null,
          holdProgram: null,
          perSeries: false,
          ofHistograms: null,
        };
  return ok({ ...common, expr, hold, presence: asked(expr), ...programs, perSeries: alone.program !== null, ofHistograms });
}

/** What of its group, and of the rules beside it, says when a rule is evaluated. */
export interface GroupTerms extends Pick<RuleGroup, "limit" | "queryOffsetMs"> {
  /** Metrics that rules record. */
  readonly recorded?: ReadonlySet<string>;
}

export const recordedMetrics = (groups: readonly RuleGroup[]): ReadonlySet<string> =>
  new Set(groups.flatMap(({ rules }) => rules.filter(isRecording).map(({ record }) => record)));

/**
 * As its group has it evaluated: how many alerts a rule gives only an evaluation of all its series knows, an offset waits for late samples, and what
 * a rule records is a sample of an evaluation, which rules behind it see at the same time; so none of these is judged sample
 * by sample, nor by one shard for itself. Failures: those of `planRule`.
 */
export function planInGroup(rule: AlertRule, { limit = 0, queryOffsetMs = 0, recorded }: GroupTerms): Result<RulePlan> {
  const planned = planRule(rule);
  if (!planned.ok) return planned;
  const isRecorded =
    planned.value.program?.matchers.some(({ name, value }) => name === METRIC_NAME && recorded?.has(value) === true) ?? false;
  if (limit <= 0 && queryOffsetMs === 0 && !isRecorded) return planned;
  return ok({ ...planned.value, ...NONE, perSeries: false, ofHistograms: null });
}

const NONE = { program: null, holdProgram: null } as const;

/** The rule streams when all it reads is one series. */
function streamed(expr: Expr, hold: Expr | null): Pick<RulePlan, "program" | "holdProgram"> {
  const program = compileSeriesProgram(expr);
  if (program === null || hold === null) return { ...NONE, program };
  const holdProgram = compileSeriesProgram(hold);
  if (holdProgram === null || !sameSeries(program, holdProgram)) return NONE;
  return { program: { ...program, rangeMs: Math.max(program.rangeMs, holdProgram.rangeMs) }, holdProgram };
}
