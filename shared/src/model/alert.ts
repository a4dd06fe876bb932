import type { Labels } from "./labels.ts";

export const SEVERITIES = ["info", "warning", "error", "critical", "emergency"] as const;
export type Severity = (typeof SEVERITIES)[number];

/** A label `severity` that is none of ours, such as `page`, stays a label and grades nothing. */
export const severityOf = ({ severity }: Labels, otherwise: Severity = "warning"): Severity =>
  SEVERITIES.find((known) => known === severity) ?? otherwise;

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

/** An alert that keeps coming and going: people are told no more of it until it has kept still. */
export interface Flapping {
  /** Since when it counts as flapping, ms. */
  readonly since: number;
  /** Until when it must keep still, ms; every change moves it on. */
  readonly until: number;
  /** A sentence: what was counted, over which time. */
  readonly reason: string;
  /** A sentence: the setting of the rule that would have kept quiet, where the history tells one. */
  readonly suggestion?: string;
}

/** Stages of the pipeline that hold an alert back from whoever would be told of it. */
export type HoldingStage = "inhibit" | "topology" | "silence" | "acknowledged" | "snooze" | "mute" | "flap";

/** Why people are not told of an alert that fires. */
export interface Held {
  readonly stage: HoldingStage;
  /** A sentence. */
  readonly reason: string;
}

/** A firing alert without data: neither resolved nor news. */
export interface DataGap {
  /** When the data were first missing, ms; null once they are back. */
  readonly since: number | null;
  /** Of the last good value, which the alert still shows, ms. */
  readonly lastValueAt: number | null;
  /** When this was told, ms: of two steps the later one counts. */
  readonly at: number;
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
  readonly flapping?: Flapping;
  /** Of the rule: when an alert that nobody acknowledges becomes more severe. */
  readonly escalate?: readonly SeverityStep[];
  /** Since when its data are missing while it goes on firing, or until it resolved; from firing to firing tells of a gap that began or, without this, ended. */
  readonly gapSince?: number;
  /** Of `value`, while there is a gap. */
  readonly lastValueAt?: number;
  /** Why, in a sentence, where it was no rule that decided. */
  readonly reason?: string;
  /** Where it comes from, of an alert that another system sent. */
  readonly generatorUrl?: string;
}

/** An alert that is pending or firing where it is evaluated. */
export interface StandingAlert extends AlertTransition {
  /** `ruleKey` of the rule that keeps it; empty where none of a group does. */
  readonly raisedBy: string;
  /** Since when its condition is over, ms, while its rule keeps it firing. */
  readonly keepFiringSince?: number;
}

/** An alert as `/v1/alerts` and the live feed give it. Times in ms. */
export interface Alert {
  /** Of this episode: the same rule and labels that fire again next week are another alert. */
  readonly id: string;
  /** The same in every episode. */
  readonly fingerprint: string;
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
  readonly acknowledgedNote: string | null;
  readonly resolvedAt: number | null;
  /** Ms until which notifications are silenced, if they are. */
  readonly silencedUntil: number | null;
  /** Ms until which this alert alone is put off; when it still fires then, people are told anew. */
  readonly snoozedUntil: number | null;
  /** What people learned from it, written during or after (post-mortem). */
  readonly note: string | null;
  /** How often this rule has fired on these labels while its history is kept, this time included. */
  readonly triggerCount: number;
  /** Present once its severity was raised because nobody acknowledged it; `severity` is the present one. */
  readonly escalated: { readonly from: Severity; readonly at: number } | null;
  readonly flapping?: Flapping;
  /** While it fires and the pipeline holds it from the editor: it is listed, and no toast tells of it. */
  readonly held?: Held;
  /** Present once its data have been missing. */
  readonly gap?: DataGap;
  /** Where it comes from, of an alert that another system sent. */
  readonly generatorUrl?: string;
  /** Of the incident it belongs to; absent while it stands alone. */
  readonly incidentId?: string;
  /** The steps by which its severity may rise, as its rule says. */
  readonly escalate?: readonly SeverityStep[];
  readonly recommendations: readonly Recommendation[];
}

/** Of an alert that nobody has acknowledged, put off or written about, and whose severity is its rule's. */
export const UNTOUCHED = {
  acknowledgedBy: null,
  acknowledgedAt: null,
  acknowledgedNote: null,
  snoozedUntil: null,
  note: null,
  escalated: null,
} as const satisfies Partial<Alert>;
