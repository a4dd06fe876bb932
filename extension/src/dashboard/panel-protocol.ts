/**
 * What the dashboard's webview and the extension say to each other. The extension does all HTTP and WebSocket traffic;
 * the webview asks it. Messages are JSON on the way, so NaN and infinities arrive as null.
 */
import type { ConnectionState, DataSource } from "@sightline/shared/api/data-source";
import { UNITS, type Unit } from "@sightline/shared/format/units";
import type { LiveEvent, LiveSeries } from "@sightline/shared/api/live";

/** Methods of a data source that answer once. */
const CALLS = [
  "ask",
  "askRange",
  "query",
  "queryRange",
  "series",
  "labelNames",
  "labelValues",
  "metadata",
  "stats",
  "forecast",
  "anomalies",
  "answerAnomaly",
  "takeBackAnomalyAnswer",
  "anomalyAnswers",
  "insights",
  "answerInsight",
  "takeBackInsightAnswer",
  "pins",
  "putPins",
  "trend",
  "capacity",
  "capacitySettings",
  "putCapacitySettings",
  "slos",
  "snapshot",
  "alerts",
  "acknowledge",
  "snooze",
  "trace",
  "incident",
  "acknowledgeIncident",
  "resolveIncident",
  "noteIncident",
  "nameIncident",
  "mergeIncidents",
  "deploys",
  "backtest",
  "silence",
  "receivers",
  "testReceiver",
  "deliveries",
  "deadLetters",
  "retryDeadLetter",
] as const;
export type CallName = (typeof CALLS)[number];
export type CallArguments<Name extends CallName> = Parameters<DataSource[Name]>;
export type CallValue<Name extends CallName> = Awaited<ReturnType<DataSource[Name]>>;

/** One metric that the person asked to see, above the rest. */
export interface Focus {
  readonly title: string;
  readonly query: string;
  readonly unit: Unit;
  /** Of one series, whose expected range is drawn. */
  readonly selector?: string;
}

/** Of a message, a state or a row; null for anything else. */
export function asFocus(value: unknown): Focus | null {
  if (typeof value !== "object" || value === null || !("title" in value) || !("query" in value)) return null;
  const { title, query } = value;
  if (typeof title !== "string" || typeof query !== "string") return null;
  // Kept by editors of before there were units: they were all of time.
  const unit = UNITS.find((known) => "unit" in value && known === value.unit) ?? "seconds";
  const selector = "selector" in value && typeof value.selector === "string" ? value.selector : null;
  return { title, query, unit, ...(selector === null ? {} : { selector }) };
}

/** Kept by the editor across reloads. */
export interface PanelState {
  readonly focus: Focus | null;
}

export type ToExtension =
  | { readonly type: "ready" }
  | { readonly type: "call"; readonly id: number; readonly name: CallName; readonly args: readonly unknown[] }
  | { readonly type: "subscribe"; readonly id: number; readonly selectors: readonly string[]; readonly backfillMs: number }
  | { readonly type: "unsubscribe"; readonly id: number }
  | { readonly type: "command"; readonly command: "sightline.signIn" | "sightline.startLocalServer" };

export type ToWebview =
  | { readonly type: "value"; readonly id: number; readonly value: unknown }
  | { readonly type: "failure"; readonly id: number; readonly code: string; readonly message: string; readonly status: number }
  | { readonly type: "samples"; readonly id: number; readonly series: readonly LiveSeries[]; readonly backfill: boolean }
  | { readonly type: "event"; readonly event: LiveEvent }
  | { readonly type: "connection"; readonly state: ConnectionState | "signedOut" }
  | { readonly type: "settings"; readonly rangeMs: number }
  | { readonly type: "focus"; readonly focus: Focus | null };

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;

/** Null for anything a webview should not say. */
export function parseToExtension(message: unknown): ToExtension | null {
  if (!isRecord(message)) return null;
  const { type, id } = message;
  if (type === "ready") return { type };
  if (type === "command") {
    const { command } = message;
    return command === "sightline.signIn" || command === "sightline.startLocalServer" ? { type, command } : null;
  }
  if (typeof id !== "number") return null;
  if (type === "unsubscribe") return { type, id };
  if (type === "subscribe") {
    const { selectors, backfillMs } = message;
    const valid = Array.isArray(selectors) && selectors.every((selector) => typeof selector === "string") && typeof backfillMs === "number";
    return valid ? { type, id, selectors, backfillMs } : null;
  }
  if (type === "call") {
    const name = CALLS.find((call) => call === message["name"]);
    return name !== undefined && Array.isArray(message["args"]) ? { type, id, name, args: message["args"] } : null;
  }
  return null;
}
