import { type Labels, METRIC_NAME, seriesKey } from "@sightline/shared/model/labels";
import { type AlertRule, type RecordingRule, type RuleFault, type RuleGroup, isRecording } from "@sightline/shared/model/rule";
import type { Expr } from "@sightline/shared/promql/ast";
import { varyingLabels } from "@sightline/shared/rules/alert-labels";
import { ofKind } from "@sightline/shared/rules/histogram-forms";
import { printExpr } from "@sightline/shared/promql/format/print";
import { parseQuery } from "@sightline/shared/promql/engine";
import { stableHash } from "@sightline/shared/alerting/alert-state";
import { type RulePlan, AS_READ, planInGroup, recordedMetrics } from "@sightline/shared/rules/rule-plan";
import { type SeriesProgram, thresholdOf } from "@sightline/shared/rules/streaming/compile";
import { type Raised, definitionOf, definitionOfHistograms, ruleIds } from "./rule-ids.ts";

/** Made when it is asked for and never stored, so no sample of it ever streams past. */
const SYNTHETIC = /^(sightline_sender_|sightline:|ALERTS$|ALERTS_FOR_STATE$)/;

/** A rule ready to run: streaming when `program` is set, on its group's interval otherwise. */
export interface CompiledRule {
  /** Name, made unique within the configuration (rule-ids.ts): part of the fingerprint. */
  readonly id: string;
  readonly rule: AlertRule;
  readonly group: string;
  /** Of its group, ms. */
  readonly intervalMs: number;
  readonly expr: Expr | null;
  /** The condition as people read it: of a reading that takes a metric of either kind, the half that this rule is. */
  readonly shown: string;
  readonly program: SeriesProgram | null;
  /** Each series decides for itself, whether or not it streams: its own shard can. */
  readonly perSeries: boolean;
  /** Of a rule that streams: what it says of native histograms, which are judged on the interval; asleep until a sample of one comes. */
  readonly ofHistograms: boolean;
  /** Of a rule that says more than its expression, such as when it recovers; null for all others. */
  readonly conditions: RulePlan | null;
  readonly threshold: number | null;
  /** Whether its labels follow the value: a series may have several alerts then, by their labels. */
  readonly varies: boolean;
  /** Written with its alerts. They live on across configurations while what follows its expression is unchanged: `carriedBy`. */
  readonly definition: string;
}

export interface CompiledRecording {
  readonly rule: RecordingRule;
  readonly group: string;
  readonly expr: Expr;
}

/**
 * Rules whose expression does not parse are kept out; the file parser has refused them before they get here, in its own version. `alerts`:
 * those there are, by whose ids their rules go on.
 */
export function compileGroups(
  groups: readonly RuleGroup[],
  nowMs: number,
  alerts: Iterable<Raised> = [],
): { rules: CompiledRule[]; recordings: CompiledRecording[]; unread: RuleFault[] } {
  const recordings: CompiledRecording[] = [];
  const ids = ruleIds(
    groups.flatMap(({ rules }) => rules),
    alerts,
  );
  const recorded = recordedMetrics(groups);
  const compiled: CompiledRule[] = [];
  const unread: RuleFault[] = [];
  for (const group of groups)
    for (const rule of group.rules) {
      const unreadable = (message: string): void =>
        void unread.push({ group: group.name, name: rule.name, expr: rule.expr, message, at: nowMs });
      if (isRecording(rule)) {
        const parsed = parseQuery(rule.expr, AS_READ);
        if (parsed.ok) recordings.push({ rule, group: group.name, expr: parsed.value });
        else unreadable(parsed.error.message);
        continue;
      }
      const planned = planInGroup(rule, { ...group, recorded });
      if (!planned.ok) {
        unreadable(planned.error.message);
        continue;
      }
      const plan = planned.value;
      const { program } = plan;
      const synthetic = program?.matchers.some((matcher) => matcher.name === METRIC_NAME && SYNTHETIC.test(matcher.value)) ?? false;
      const one: CompiledRule = {
        id: ids.get(rule) ?? rule.name,
        rule,
        group: group.name,
        intervalMs: group.intervalMs,
        expr: plan.expr,
        shown: plan.ofHistograms === null ? rule.expr : printExpr(ofKind(plan.expr, "floats") ?? plan.expr),
        program: synthetic ? null : program,
        perSeries: plan.perSeries,
        ofHistograms: false,
        conditions: plan.conditional ? plan : null,
        threshold: thresholdOf(plan.expr),
        varies: varyingLabels(rule) !== null,
        definition: definitionOf(rule),
      };
      compiled.push(one);
      const { ofHistograms } = plan;
      if (one.program === null) continue;
      const definition = definitionOfHistograms(rule);
      // No series is of both kinds, so the two never judge the same one.
      if (ofHistograms === null) compiled.push({ ...one, program: null, ofHistograms: true, definition });
      else
        compiled.push({
          ...one,
          expr: ofHistograms.expr,
          shown: printExpr(ofHistograms.expr),
          program: null,
          perSeries: ofHistograms.perSeries,
          conditions: ofHistograms.conditional ? ofHistograms : null,
          definition,
        });
    }
  return { rules: compiled, recordings, unread };
}

/** Labels of a result without its name. */
export function withoutName(labels: Labels): Labels {
  const rest: Record<string, string> = {};
  for (const name of Object.keys(labels)) if (name !== METRIC_NAME) rest[name] = labels[name] ?? "";
  return rest;
}

/**
 * Stable over the life of an alert: hash of the rule's name and the labels it was raised for, whether or not they have the metric's; and of its
 * own labels, `variant`, where those vary.
 */
export const fingerprintOf = (rule: CompiledRule, source: Labels, variant?: Labels): string =>
  stableHash([rule.id, seriesKey(withoutName(source)), ...(variant === undefined ? [] : [seriesKey(variant)])].join("\u00FE"));
