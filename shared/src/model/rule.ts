import { seriesKey } from "./labels.ts";
import type { Recommendation, Severity, SeverityStep } from "./alert.ts";

/** At least `m` of the newest `n`: samples where the rule looks at one series, evaluations otherwise. 1 <= m <= n <= 30. */
export interface MOfN {
  readonly m: number;
  readonly n: number;
}

/** What becomes of a firing alert whose data stop coming. Nothing said: `resolve`, which is Prometheus's meaning. */
export const GAP_POLICIES = ["hold", "resolve", "fire"] as const;
export type GapPolicy = (typeof GAP_POLICIES)[number];

/** What a rule may say besides Prometheus's fields; absent parts change nothing and cost nothing. */
export interface AlertConditions {
  /** PromQL: a firing alert goes on while this gives its series, though `expr` does not. */
  readonly keepFiringExpr?: string;
  readonly mOfN?: MOfN;
  readonly onGap?: GapPolicy;
  /** How long a gap is held, or fires, before the alert resolves, ms. An hour when absent. */
  readonly gapLimitMs?: number;
  /** Low-traffic guard: events or samples that the rule's window must hold for the condition to count. */
  readonly minSamples?: number;
  /** The same as a rate, events a second. */
  readonly minRate?: number;
  /** In order of time, each severity above the one before. */
  readonly escalate?: readonly SeverityStep[];
}

/** An alerting rule as stored: Prometheus's fields plus ours. Durations in ms. */
export interface AlertRule extends AlertConditions {
  readonly name: string;
  /** PromQL; every series of its result is an alert. */
  readonly expr: string;
  readonly forMs: number;
  readonly keepFiringForMs: number;
  readonly cooldownMs: number;
  readonly severity: Severity;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly recommendations: readonly Recommendation[];
  /** Shipped with the product, replaced on upgrade unless the user edited it. */
  readonly builtIn: boolean;
}

/**
 * What the rule itself puts on its alerts, templates unexpanded. A `severity:` of its own is short for the label; a warning,
 * which every alert is that says nothing else, is left unsaid, so that a file of Prometheus gives Prometheus's labels.
 */
export const ownLabels = ({
  severity,
  labels,
  builtIn,
}: Pick<AlertRule, "severity" | "labels" | "builtIn">): Readonly<Record<string, string>> =>
  builtIn || severity !== "warning" ? { severity, ...labels } : labels;

/** A recording rule: its result becomes series named `record`, with the rule's labels. */
export interface RecordingRule {
  readonly record: string;
  /** The same as `record`: what a rule is found by in its group. */
  readonly name: string;
  readonly expr: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly builtIn: boolean;
}

export type Rule = AlertRule | RecordingRule;

export const isRecording = (rule: Rule): rule is RecordingRule => "record" in rule;

/** Which rule of a configuration it is, as several may have one name; alike only for those that say the same in one group. */
export const ruleKey = (group: string, rule: Rule): string =>
  JSON.stringify([group, rule.name, rule.expr, isRecording(rule) ? null : rule.severity, seriesKey(rule.labels)]);

/** Of a rule by its `ruleKey`: when it was last evaluated, and for how long, others that went first in between included, ms. */
export interface RuleEvaluation {
  readonly rule: string;
  readonly at: number;
  readonly tookMs: number;
}

/** A rule that could not be evaluated: its alerts keep their state until it can be. */
export interface RuleFault {
  readonly group: string;
  readonly name: string;
  readonly expr: string;
  readonly message: string;
  /** Of the evaluation that failed, ms. */
  readonly at: number;
}

export interface RuleGroup {
  readonly name: string;
  /** Ms between evaluations of the rules that do not stream. */
  readonly intervalMs: number;
  /** Evaluated in this order, so that a rule sees what those before it recorded. */
  readonly rules: readonly Rule[];
  /** Series a recording rule, or alerts an alerting rule, may give; more is an error of the rule. Absent: no limit. */
  readonly limit?: number;
  /** How far evaluation lags behind, ms. */
  readonly queryOffsetMs?: number;
}
