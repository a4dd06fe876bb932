import type { Labels } from "./labels.ts";

export const SEVERITIES = ["info", "warning", "error", "critical", "emergency"] as const;
export type Severity = (typeof SEVERITIES)[number];

/** What a shard's evaluation knows: the state of one rule on one label set. */
export type AlertState = "inactive" | "pending" | "firing" | "resolved";
/** What people see: adds what a person did about it. */
export type AlertStatus = "pending" | "firing" | "acknowledged" | "resolved";

export interface Recommendation {
  readonly type: string;
  readonly priority: "low" | "medium" | "high";
  readonly text: string;
}

/** From `afterMs` of firing without an acknowledgement on, the alert has this severity. */
export interface SeverityStep {
  readonly afterMs: number;
  readonly severity: Severity;
}

/** A step of one alert, written by the shard in the same transaction as its new state; `id` is the idempotency key. */
export interface AlertTransition {
  readonly id: string;
  /** Stable over the life of the alert: hash of rule name and labels. */
  readonly fingerprint: string;
  readonly rule: string;
  readonly labels: Labels;
  readonly annotations: Readonly<Record<string, string>>;
  readonly severity: Severity;
  readonly from: AlertState;
  readonly to: AlertState;
  /** Milliseconds: of the sample or evaluation that caused the step. */
  readonly at: number;
  /** Milliseconds: when the condition first held. */
  readonly activeAt: number;
  readonly value: number;
  readonly threshold: number | null;
  readonly condition: string;
  readonly recommendations: readonly Recommendation[];
  /** Of the rule: when an alert that nobody acknowledges becomes more severe. */
  readonly escalate?: readonly SeverityStep[];
  /** Since when its data are missing while it goes on firing, or until it resolved; from firing to firing tells of a gap that began or, without this, ended. */
  readonly gapSince?: number;
  /** Of `value`, while there is a gap. */
  readonly lastValueAt?: number;
}

/** An alert as `/v1/alerts` and the live feed give it. Times in ms. */
export interface Alert {
  readonly id: string;
  readonly name: string;
  readonly severity: Severity;
  readonly state: AlertStatus;
  readonly value: number;
  readonly threshold: number | null;
  readonly condition: string;
  readonly labels: Labels;
  readonly annotations: Readonly<Record<string, string>>;
  readonly activeAt: number;
  readonly firedAt: number | null;
  readonly acknowledgedBy: string | null;
  readonly acknowledgedAt: number | null;
  readonly resolvedAt: number | null;
  /** Ms until which notifications are silenced, if they are. */
  readonly silencedUntil: number | null;
  readonly recommendations: readonly Recommendation[];
}
