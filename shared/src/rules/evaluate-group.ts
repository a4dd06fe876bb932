/**
 * One evaluation of a rule group, as Prometheus's rule manager does it: recording rules write series, alerting rules
 * keep alerts and write ALERTS and ALERTS_FOR_STATE, and what is no longer there is marked stale.
 * Source: https://github.com/prometheus/prometheus/tree/main/rules.
 */
import type { NativeHistogram } from "../model/histogram.ts";
import type { Labels } from "../model/labels.ts";
import { METRIC_NAME, formatLabels, seriesKey } from "../model/labels.ts";
import type { Result } from "../model/result.ts";
import type { AlertRule, Rule, RuleGroup } from "../model/rule.ts";
import { isRecording } from "../model/rule.ts";
import { parseQuery } from "../promql/engine.ts";
import { finish, Pace } from "../promql/evaluation/pace.ts";
import type { PacedSelect } from "../promql/slices.ts";
import type { Select } from "../promql/api.ts";
import type { Expr } from "../promql/ast.ts";
import { type AlertInstanceState, type AlertObservation, stepAlertState } from "../alerting/alert-state.ts";
import { expandAlertTemplates } from "../template/alert-template.ts";
import type { PrometheusTemplatePorts, TemplateSample } from "../template/prometheus-functions.ts";
import { ALIKE, alertLabelsOf, withRuleLabels } from "./alert-labels.ts";
import { goingOnBySeries, isOpen, sourceKey } from "./alerts-of-series.ts";
import { conditionPorts, evaluateRule, type RuleSample } from "./evaluate-rule.ts";
import { IntervalConditions, type Verdict } from "./interval-conditions.ts";
import { AS_READ, planRule } from "./rule-plan.ts";

export interface ActiveAlert {
  readonly labels: Labels;
  readonly annotations: Readonly<Record<string, string>>;
  readonly state: "pending" | "firing";
  readonly activeAt: number;
  readonly value: number;
}

export interface RulePorts {
  readonly select: Select;
  /** Writes a sample of time `t` (ms); "stale" ends the series. */
  readonly append: (labels: Labels, t: number, point: number | NativeHistogram | "stale") => void;
  readonly externalUrl: string;
  readonly externalLabels?: Labels;
  /** Of subqueries without a resolution of their own; default 60,000. */
  readonly subqueryStepMs?: number;
}

interface RunningAlert {
  /** Labels of the result it was raised for. */
  readonly source: Labels;
  readonly state: AlertInstanceState;
  readonly alert: ActiveAlert;
}

interface RunningRule {
  readonly rule: Rule;
  readonly expr: Expr;
  /** Of a rule that says more than its expression. */
  readonly conditions: IntervalConditions | null;
  /** What it wrote last, by key. */
  written: Map<string, Labels>;
  readonly alerts: Map<string, RunningAlert>;
}

/** Pending and firing; the others cool down. */
const open = ({ alerts }: RunningRule): readonly RunningAlert[] => [...alerts.values()].filter(({ state }) => isOpen(state));

function ready(rule: Rule, { intervalMs }: RuleGroup): Pick<RunningRule, "expr" | "conditions"> {
  if (isRecording(rule)) {
    const parsed = parseQuery(rule.expr, AS_READ);
    if (!parsed.ok) throw new Error(`${rule.name}: ${parsed.error.message}`);
    return { expr: parsed.value, conditions: null };
  }
  const plan = planRule(rule);
  if (!plan.ok) throw new Error(`${rule.name}: ${plan.error.message}`);
  return { expr: plan.value.expr, conditions: plan.value.conditional ? new IntervalConditions(plan.value, intervalMs) : null };
}

/** Why a rule gave nothing. */
export interface RuleProblem {
  readonly rule: string;
  readonly message: string;
}

export class RunningGroup {
  readonly group: RuleGroup;
  readonly #rules: readonly RunningRule[];

  /** Throws Error for an expression that does not parse: the rule file's parser has refused it before. */
  constructor(group: RuleGroup) {
    this.group = group;
    this.#rules = group.rules.map((rule) => {
      return { rule, ...ready(rule, group), written: new Map<string, Labels>(), alerts: new Map<string, RunningAlert>() };
    });
  }

  /** Errors of rules, in words; the other rules go on. `t` is the time of evaluation, ms; what it sees and records is the group's offset older. */
  run(t: number, ports: RulePorts): RuleProblem[] {
    const errors: RuleProblem[] = [];
    for (const running of this.#rules) {
      const problem = this.#step(running, t, ports);
      if (problem !== null) errors.push({ rule: running.rule.name, message: problem });
    }
    return errors;
  }

  /** Alerts of the rules of this name. */
  alerts(name: string): readonly ActiveAlert[] {
    return this.#rules
      .filter(({ rule }) => !isRecording(rule) && rule.name === name)
      .flatMap((running) => open(running).map(({ alert }) => alert));
  }

  #step(running: RunningRule, dueAt: number, ports: RulePorts): string | null {
    const t = dueAt - (this.group.queryOffsetMs ?? 0);
    const result = evaluateRule(running.expr, t, ports.select, ports.subqueryStepMs);
    if (!result.ok) return result.error.message;
    const { rule } = running;
    const samples = isRecording(rule)
      ? result.value.map((sample) => ({ ...sample, labels: { ...withRuleLabels(sample.labels, rule.labels), [METRIC_NAME]: rule.record } }))
      : stepAlerts(running, rule, result.value, t, dueAt, ports);
    if (typeof samples === "string") return samples;
    const limit = this.group.limit ?? 0;
    const count = isRecording(rule) ? samples.length : open(running).length;
    if (limit > 0 && count > limit) {
      running.alerts.clear();
      return `exceeded limit of ${limit} with ${count} ${isRecording(rule) ? "series" : "alerts"}`;
    }
    const written = new Map<string, Labels>();
    for (const { labels } of samples) {
      const key = seriesKey(labels);
      if (written.has(key)) return `vector contains metrics with the same labelset after applying rule labels: ${formatLabels(labels)}`;
      written.set(key, labels);
    }
    for (const { labels, value, histogram } of samples) ports.append(labels, t, histogram ?? value);
    for (const [key, labels] of running.written) if (!written.has(key)) ports.append(labels, t, "stale");
    running.written = written;
    return null;
  }
}

/** The queries that templates may ask, at the time of an evaluation; each is evaluated once, for all of its alerts. */
export function templatePorts(select: PacedSelect, t: number, externalUrl: string, externalLabels: Labels = {}): PrometheusTemplatePorts {
  const answers = new Map<string, Result<readonly TemplateSample[]>>();
  const ask = (expression: string): Result<readonly TemplateSample[]> => {
    const parsed = parseQuery(expression);
    return parsed.ok ? evaluateRule(parsed.value, t, select) : parsed;
  };
  return {
    externalUrl,
    externalLabels,
    nowMs: t,
    query: (expression): readonly TemplateSample[] => {
      const answer = answers.get(expression) ?? ask(expression);
      answers.set(expression, answer);
      if (!answer.ok) throw new Error(answer.error.message);
      return answer.value;
    },
  };
}

/** Moves the rule's alerts on, as of `dueAt` by what was found at `t`; gives its ALERTS and ALERTS_FOR_STATE, or what is wrong. */
function stepAlerts(
  running: RunningRule,
  rule: AlertRule,
  found: readonly RuleSample[],
  t: number,
  dueAt: number,
  ports: RulePorts,
): RuleSample[] | string {
  const queries = templatePorts(ports.select, dueAt, ports.externalUrl, ports.externalLabels);
  const seen = new Set<string>();
  const going = running.conditions === null ? null : goingOnBySeries(running.alerts.values());
  for (const { source, observation } of verdictsOn(running, found, [...(going?.values() ?? [])], t, ports)) {
    const { active, value, histogram } = observation;
    const now = { ...observation, at: dueAt };
    const render = (texts: Readonly<Record<string, string>>): Record<string, string> =>
      expandAlertTemplates(texts, source, histogram ?? value, queries, rule.name);
    const labels = (active ? undefined : going?.get(sourceKey(source))?.alert.labels) ?? alertLabelsOf(rule, source, render);
    const key = seriesKey(labels);
    if (seen.has(key)) return ALIKE;
    seen.add(key);
    step(running, key, now, rule, source, (state) => ({
      labels,
      annotations: render(rule.annotations),
      state,
      activeAt: dueAt,
      value,
    }));
  }
  for (const [key, { source, alert }] of running.alerts)
    if (!seen.has(key)) step(running, key, { active: false, value: 0, at: dueAt }, rule, source, () => alert);
  return open(running).flatMap(({ alert, state }) => [
    { labels: { ...alert.labels, [METRIC_NAME]: "ALERTS", alertstate: alert.state }, value: 1 },
    { labels: { ...alert.labels, [METRIC_NAME]: "ALERTS_FOR_STATE" }, value: Math.floor(state.activeAt / 1000) },
  ]);
}

/** What the evaluation says to each series: of a plain rule that those it gives are breaching, and no more. */
function verdictsOn(
  { conditions }: RunningRule,
  found: readonly RuleSample[],
  going: readonly RunningAlert[],
  t: number,
  { select }: RulePorts,
): readonly Verdict[] {
  if (conditions === null) return found.map(({ labels, ...given }) => ({ source: labels, observation: { active: true, ...given, at: t } }));
  const alerts = going.map(({ source, state }) => ({ source, firing: state.state === "firing" }));
  return finish(conditions.judge(found, alerts, t, conditionPorts(t, select, new Pace(Infinity))));
}

function step(
  { alerts }: RunningRule,
  key: string,
  observation: AlertObservation,
  rule: AlertRule,
  source: Labels,
  describe: (state: ActiveAlert["state"]) => ActiveAlert,
): void {
  const before = alerts.get(key);
  const { state } = stepAlertState(before?.state ?? null, observation, rule);
  if (state === null) {
    alerts.delete(key);
    return;
  }
  if (state.state !== "firing" && state.state !== "pending") {
    // It cools down.
    if (before !== undefined) alerts.set(key, { ...before, state });
    return;
  }
  const told = observation.active || before === undefined ? describe(state.state) : before.alert;
  alerts.set(key, { source, state, alert: { ...told, state: state.state, activeAt: state.activeAt } });
}
