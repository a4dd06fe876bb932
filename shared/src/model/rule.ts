import type { Recommendation, Severity } from "./alert.ts";

/** An alerting rule as stored: Prometheus's fields plus ours. Durations in ms. */
export interface AlertRule {
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

export interface RuleGroup {
  readonly name: string;
  /** Ms between evaluations of the rules that do not stream. */
  readonly intervalMs: number;
  readonly rules: readonly AlertRule[];
}
