/**
 * What charts, trees and decorations need of a server, wherever they run: the web page implements it with fetch and a
 * WebSocket, the webview by asking the extension, tests from memory. Every method rejects with `DataSourceError`.
 */
import type { AlertTraceResponse } from "../alerting/trace.ts";
import type { CapacityResponse, TrendResponse } from "./analyses.ts";
import type { BacktestResponse } from "./backtest.ts";
import type { Alert } from "../model/alert.ts";
import type { AnomalyVerdict } from "../model/anomaly.ts";
import type { CapacitySettings, Scenario } from "../model/capacity.ts";
import type { Labels } from "../model/labels.ts";
import type { Deploy } from "../model/deploy.ts";
import type { Incident, IncidentAcknowledged, IncidentResolved } from "./incident-responses.ts";
import type { LiveEvent, LiveSeries } from "./live.ts";
import type { DeadLetter, Delivery, ShownReceiver, TestedIntegration } from "./receiver-responses.ts";
import type {
  AnomaliesResponse,
  AnomalyFeedbackResponse,
  ForecastResponse,
  InsightFeedbackResponse,
  InsightsResponse,
  SilenceRequest,
  SlosResponse,
  Snapshot,
  StatsResponse,
} from "./responses.ts";

export class DataSourceError extends Error {
  readonly code: string;
  readonly status: number;
  constructor(code: string, message: string, status: number) {
    super(message);
    this.name = "DataSourceError";
    this.code = code;
    this.status = status;
  }
}

/** Aligned columns of one series of a range result; null is a gap. Times in ms. */
export interface RangeSeries {
  readonly labels: Labels;
  readonly t: readonly number[];
  readonly v: readonly (number | null)[];
}

export interface InstantSeries {
  readonly labels: Labels;
  readonly t: number;
  readonly v: number;
}

/** A native histogram of an instant result. */
export interface HistogramSeries {
  readonly labels: Labels;
  readonly t: number;
  readonly count: number;
  readonly sum: number;
  /** From the lowest, each with its bounds and as the server writes them: `(0.1,0.2]: 3`. */
  readonly buckets: readonly string[];
}

/** What the engine says of a result, in its words. */
export interface Annotations {
  readonly warnings: readonly string[];
  readonly infos: readonly string[];
}

/** A series of a range vector, or a string: it has no single number. */
export interface ListedSeries {
  readonly labels: Labels;
  /** As people read them: each sample with its time, the oldest first. */
  readonly lines: readonly string[];
}

export interface InstantAnswer extends Annotations {
  readonly series: readonly InstantSeries[];
  readonly histograms: readonly HistogramSeries[];
  readonly listed: readonly ListedSeries[];
}

export interface RangeAnswer extends Annotations {
  readonly series: readonly RangeSeries[];
  /** Series with histograms, which have no line there. */
  readonly histograms: number;
}

export type ConnectionState = "connecting" | "live" | "offline" | "unauthorized";

export interface Disposable {
  dispose(): void;
}

export interface DataSource {
  /** All of an answer, for who shows it to the person who asked. */
  ask(query: string, timeMs?: number): Promise<InstantAnswer>;
  askRange(query: string, startMs: number, endMs: number, stepMs: number): Promise<RangeAnswer>;
  /** The numbers alone, as below. */
  query(query: string, timeMs?: number): Promise<readonly InstantSeries[]>;
  queryRange(query: string, startMs: number, endMs: number, stepMs: number): Promise<readonly RangeSeries[]>;
  series(matchers: readonly string[], startMs?: number, endMs?: number): Promise<readonly Labels[]>;
  /** Of the series that a selector matches; of all without one. */
  labelNames(matchers: readonly string[]): Promise<readonly string[]>;
  labelValues(label: string, matchers: readonly string[]): Promise<readonly string[]>;
  metadata(metric?: string): Promise<Readonly<Record<string, readonly { type: string; unit: string; help: string }[]>>>;
  stats(query: string, windowMs: number): Promise<StatsResponse>;
  forecast(query: string, horizonMs: number): Promise<ForecastResponse>;
  anomalies(query: string, startMs: number, endMs: number, bands: boolean): Promise<AnomaliesResponse>;
  /** In place of an earlier answer; the thresholds as they are then. Needs the role editor. */
  answerAnomaly(id: string, verdict: AnomalyVerdict): Promise<AnomalyFeedbackResponse>;
  takeBackAnomalyAnswer(id: string): Promise<AnomalyFeedbackResponse>;
  /** What people should know, each thing once, what weighs most first. */
  insights(): Promise<InsightsResponse>;
  /** Of all its anomalies at once. Needs the role editor. */
  answerInsight(id: string, verdict: AnomalyVerdict): Promise<InsightFeedbackResponse>;
  takeBackInsightAnswer(id: string): Promise<InsightFeedbackResponse>;
  /** What people said, the newest first. */
  anomalyAnswers(): Promise<readonly AnomalyFeedbackResponse[]>;
  /** Selectors of the series that the rich tier of detectors takes first. */
  pins(): Promise<readonly string[]>;
  /** Replaces all. Needs the role editor. */
  putPins(pins: readonly string[]): Promise<readonly string[]>;
  trend(query: string, windowMs: number): Promise<TrendResponse>;
  /** When each bounded resource is used up; `scenario` is tried besides. */
  capacity(scenario?: Scenario): Promise<CapacityResponse>;
  /** Prices, demand and declared resources. */
  capacitySettings(): Promise<CapacitySettings>;
  /** Replaces all. Needs the role editor. */
  putCapacitySettings(settings: CapacitySettings): Promise<CapacitySettings>;
  slos(): Promise<SlosResponse>;
  snapshot(): Promise<Snapshot>;
  alerts(): Promise<readonly Alert[]>;
  acknowledge(alertId: string, note?: string): Promise<Alert>;
  /** Until a time in ms; now or earlier ends the snooze. */
  snooze(alertId: string, untilMs: number): Promise<Alert>;
  /** Why an alert fired, and who was told of it or why not. */
  trace(alertId: string): Promise<AlertTraceResponse>;
  /** What belongs together, its probable cause and its timeline. */
  incident(id: string): Promise<Incident>;
  /** Every alert of it that fires. */
  acknowledgeIncident(id: string, note?: string): Promise<IncidentAcknowledged>;
  /** Every open alert of it, by hand. */
  resolveIncident(id: string): Promise<IncidentResolved>;
  /** Adds to its timeline. */
  noteIncident(id: string, note: string): Promise<Incident>;
  /** Empty: named after its cause again. */
  nameIncident(id: string, title: string): Promise<Incident>;
  /** Takes `other` into `id`. */
  mergeIncidents(id: string, other: string): Promise<Incident>;
  /** Since a time in ms, the newest first. */
  deploys(sinceMs: number): Promise<readonly Deploy[]>;
  /** What the rules of a file would have told since then, such as `7d`. */
  backtest(rules: string, since: string): Promise<BacktestResponse>;
  receivers(): Promise<readonly ShownReceiver[]>;
  /** What each integration made of a test that is sent now. */
  testReceiver(name: string): Promise<readonly TestedIntegration[]>;
  /** Attempts at delivery, the newest first. */
  deliveries(receiver: string, limit: number): Promise<readonly Delivery[]>;
  /** Messages that were refused or found nobody for a day, the newest first. */
  deadLetters(limit: number): Promise<readonly DeadLetter[]>;
  /** Sends it again, with another day to arrive. */
  retryDeadLetter(id: number): Promise<void>;
  silence(request: SilenceRequest): Promise<{ readonly silenceID: string }>;
  /** Subscribes raw samples; `onSamples` also gets the backfill. Reconnects and resubscribes by itself. */
  subscribe(
    selectors: readonly string[],
    backfillMs: number,
    onSamples: (series: readonly LiveSeries[], backfill: boolean) => void,
  ): Disposable;
  onEvent(listener: (event: LiveEvent) => void): Disposable;
  onConnection(listener: (state: ConnectionState) => void): Disposable;
  readonly connection: ConnectionState;
}
