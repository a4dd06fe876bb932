import type { Alert, Severity } from "./alert.ts";
import type { Anomaly, AnomalyKind, AnomalyVerdict } from "./anomaly.ts";
import type { CapacityRecommendation } from "./capacity.ts";
import type { Labels } from "./labels.ts";

/** An anomaly beside the newest value that its series was judged by; null where its detector has begun anew since. */
export interface RecentAnomaly extends Anomaly {
  readonly id: string;
  /** Of a counter its rate a second, of a native histogram, and of the sum of a classic one or a summary, the mean of what was observed. */
  readonly judgedBy: "value" | "rate" | "mean";
  /** As the metric declares it; empty where it does not. */
  readonly unit: string;
  readonly newest: { readonly t: number; readonly value: number } | null;
  /** Ms between the newest values that the series was judged by, where that is known. */
  readonly stepMs?: number;
  /** Whether its values are back where they were, of an event that no single value tells of; of others `newest` tells. */
  readonly back?: boolean;
  /** Since when they are, ms, where that is known. */
  readonly backAt?: number;
  /** Where its values stand now, of a level; where they were farthest, once they are back. */
  readonly level?: number;
}

/** What of an alert insights look at. */
export type ConcernedAlert = Pick<
  Alert,
  "id" | "name" | "severity" | "labels" | "condition" | "annotations" | "activeAt" | "firedAt" | "incidentId"
>;

/** over: what was told has passed; retracted: it was not so. */
export type InsightState = "open" | "over" | "retracted";

/** One series of an insight. */
export interface InsightSeries {
  readonly labels: Labels;
  /** Of the anomaly, as feedback names it. */
  readonly anomalyId: string;
  /** When it began to differ, ms. */
  readonly t: number;
  readonly kind: AnomalyKind;
  readonly score: number;
  readonly value: number;
  readonly expected: number;
  /** Back where it is usually. */
  readonly over: boolean;
  readonly verdict?: AnomalyVerdict;
  /** What it did, such as "rose from 120 ms to 478 ms (4×)". */
  readonly text: string;
}

/** What an insight rests on. */
export interface InsightEvidence {
  readonly kind: "series" | "deploy" | "alert" | "incident" | "capacity";
  readonly text: string;
  /** Path on the server that answers with it. */
  readonly href: string;
  /** PromQL that draws it, and the selector of the one series in it, whose expected range belongs to it. */
  readonly query?: string;
  readonly selector?: string;
  /** Of what the query gives: seconds, bytes, ratio, or empty; by the second where it is a rate. */
  readonly unit?: string;
  /** Of an alert or an incident. */
  readonly id?: string;
}

/** One thing that people should know, said once. */
export interface Insight {
  readonly id: string;
  readonly kind: "anomaly" | "capacity";
  readonly state: InsightState;
  readonly severity: Severity;
  /** What it is about, in some words. */
  readonly title: string;
  /** One or two sentences. */
  readonly text: string;
  /** 0–1: how sure it is that this is so. */
  readonly confidence: number;
  /** 0–100; insights are ranked by it. */
  readonly impact: number;
  /** What the impact is made of. */
  readonly why: readonly string[];
  /** Ms. */
  readonly startedAt: number;
  /** What differs, the earliest and strongest first; none of capacity that nothing unusual uses up. */
  readonly series: readonly InsightSeries[];
  readonly evidence: readonly InsightEvidence[];
  /** Of capacity: what to do. */
  readonly recommendation?: CapacityRecommendation;
  /** When and why it is over or was taken back. */
  readonly ended?: { readonly at: number; readonly reason: string };
}

/** What the project remembers of an insight that it has told, so that it can take it back. */
export interface ToldInsight {
  readonly insight: Insight;
  /** Ms of the first time. */
  readonly toldAt: number;
  /** Over as what passes by itself: what is told of the same afterwards by another kind is news. */
  readonly passing?: true;
  /** Of capacity: which share of the limit was used then. */
  readonly usedShare?: number;
}
