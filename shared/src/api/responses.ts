/** The bodies that `/v1` routes answer with; one place for the worker that writes them and the clients that read them. */
import type { IncidentSummary } from "./incident-responses.ts";
import type { Alert, Severity } from "../model/alert.ts";
import type { Anomaly, AnomalyAnswer } from "../model/anomaly.ts";
import type { ForecastSeries } from "../model/forecast.ts";
import type { Insight } from "../model/insight.ts";
import type { Labels } from "../model/labels.ts";
import type { SloStatus } from "../model/slo.ts";
import type { OnCall } from "../on-call/schedule.ts";

/** RFC 9457 problem details with a stable `code`. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly detail: string;
}

export interface SeriesStats {
  readonly labels: Labels;
  readonly count: number;
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  readonly median: number;
  readonly stddev: number;
  readonly p50: number;
  readonly p90: number;
  readonly p95: number;
  readonly p99: number;
  readonly ratePerSecond: number;
  readonly ratePerMinute: number;
  readonly current: number;
}

export interface StatsResponse {
  readonly series: readonly SeriesStats[];
  readonly windowStart: number;
  readonly windowEnd: number;
  /** Why `series` is empty, where it is. */
  readonly warnings?: readonly string[];
}

export interface ForecastResponse {
  readonly series: readonly ForecastSeries[];
  /** Why `series` is empty, where it is. */
  readonly warnings?: readonly string[];
}

/** The expected range of one series over time, aligned columns; what charts draw as a band. */
export interface ExpectedRange {
  readonly labels: Labels;
  readonly t: readonly number[];
  readonly expected: readonly number[];
  readonly lower: readonly number[];
  readonly upper: readonly number[];
  readonly score: readonly number[];
}

/** `ranges` only with `?bands=1`; `warnings` where there are more anomalies or ranges than are told. */
export interface AnomaliesResponse {
  readonly anomalies: readonly Anomaly[];
  readonly ranges?: readonly ExpectedRange[];
  readonly warnings?: readonly string[];
}

/** What was said of an anomaly and where that leaves the thresholds, as factors: 1.25 is a quarter higher than without any answer. */
export interface AnomalyFeedbackResponse {
  readonly answer: AnomalyAnswer;
  readonly thresholds: { readonly series: number; readonly siblings: number };
}

/** `GET /v1/insights`: what weighs most first, what is over or was taken back last. */
export interface InsightsResponse {
  /** Ms. */
  readonly at: number;
  /** The gist in a sentence. */
  readonly text: string;
  readonly insights: readonly Insight[];
}

/** What was said of an insight: one answer for each of its anomalies. */
export interface InsightFeedbackResponse {
  readonly feedback: readonly AnomalyFeedbackResponse[];
}

export interface AlertsResponse {
  readonly alerts: readonly Alert[];
}

export interface SlosResponse {
  readonly slos: readonly SloStatus[];
}

export interface FleetHost {
  readonly name: string;
  readonly sender: string;
  readonly lastSeenAt: number;
  readonly silent: boolean;
  /** Latest values, null where the host does not send them; ratios 0–1. */
  readonly cpuBusy: number | null;
  readonly memoryUsed: number | null;
  readonly diskUsed: number | null;
  readonly load1: number | null;
  readonly firing: number;
}

/** `/v1/snapshot`: everything that a status bar, a tree or a script wants first. */
export interface Snapshot {
  readonly at: number;
  readonly health: { readonly status: "ok" | "degraded" | "critical"; readonly score: number; readonly reasons: readonly string[] };
  readonly alerts: readonly Alert[];
  readonly slos: readonly SloStatus[];
  readonly hosts: readonly FleetHost[];
  readonly services: readonly {
    readonly name: string;
    readonly requestsPerSecond: number | null;
    readonly p95Seconds: number | null;
    readonly errorRatio: number | null;
  }[];
  readonly anomalies: readonly Anomaly[];
  readonly series: number;
  readonly samplesPerSecond: number;
  readonly topMetrics: readonly { readonly metric: string; readonly series: number }[];
  /** Absent from servers without schedules. */
  readonly onCall?: readonly OnCall[];
  /** Open ones, the newest first, at most 50; absent from servers without incidents. */
  readonly incidents?: readonly IncidentSummary[];
}

export interface IngestResponse {
  readonly accepted: number;
  readonly rejected: readonly { readonly index: number; readonly code: string; readonly message: string }[];
  /** The name that a metric is kept under, where it is not the one given. */
  readonly renamed?: readonly { readonly index: number; readonly name: string }[];
}

export interface SilenceRequest {
  /** Of the silence to change; absent for a new one. */
  readonly id?: string;
  readonly matchers: readonly { readonly name: string; readonly value: string; readonly isRegex: boolean; readonly isEqual: boolean }[];
  readonly startsAt?: number;
  readonly endsAt: number;
  readonly comment: string;
  /** By which a file of configuration speaks of it (`sightline apply`). */
  readonly name?: string;
  /** As whoever's tool names them, where that says so (amtool --author); who did it is known from the token. */
  readonly author?: string;
}

export type { Severity };

export interface OnCallResponse {
  /** Ms. */
  readonly at: number;
  readonly schedules: readonly OnCall[];
}

/** One document of an apply. `before` and `after` are as people may see them, null where there is or was none. */
export interface ApplyChange {
  readonly kind: string;
  readonly name: string;
  /** The file that says so; null for what was removed. */
  readonly path: string | null;
  readonly action: "create" | "update" | "unchanged" | "delete";
  readonly before: unknown;
  readonly after: unknown;
}

export interface ApplyResponse {
  readonly dryRun: boolean;
  readonly changes: readonly ApplyChange[];
  /** What of the files is not taken over, each with its file; absent from servers before it was told. */
  readonly warnings?: readonly string[];
}
