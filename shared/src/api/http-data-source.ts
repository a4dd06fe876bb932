/** `DataSource` over HTTP and `/v1/live`, for the web page and the extension host alike. */
import type { AlertTraceResponse } from "../alerting/trace.ts";
import type { CapacityResponse, TrendResponse } from "./analyses.ts";
import type { BacktestResponse } from "./backtest.ts";
import type { Alert } from "../model/alert.ts";
import type { CapacitySettings } from "../model/capacity.ts";
import type { Labels } from "../model/labels.ts";
import { createApiClient } from "./api-request.ts";
import { type DataSource, DataSourceError, type Disposable } from "./data-source.ts";
import type { DeploysResponse, Incident, IncidentAcknowledged, IncidentResolved } from "./incident-responses.ts";
import { type LiveAddress, LiveConnection, LiveUnauthorized } from "./live-connection.ts";
import type { Clock, Fetch, OpenWebSocket } from "./ports.ts";
import {
  annotationsOf,
  dataOf,
  histogramCount,
  histogramsOf,
  instantSeries,
  listedOf,
  type QueryData,
  rangeSeries,
} from "./prometheus-answer.ts";
import type { DeadLetter, Delivery, ShownReceiver, TestedIntegration } from "./receiver-responses.ts";
import type {
  AlertsResponse,
  AnomaliesResponse,
  AnomalyFeedbackResponse,
  ForecastResponse,
  InsightFeedbackResponse,
  InsightsResponse,
  SlosResponse,
  Snapshot,
  StatsResponse,
} from "./responses.ts";

export interface HttpDataSourceOptions {
  /** Of the server, with or without a slash at the end. */
  readonly url: string;
  readonly token: string;
  readonly fetch: Fetch;
  readonly openWebSocket: OpenWebSocket;
  readonly clock: Clock;
  /** In [0, 1); spreads reconnects. */
  readonly random: () => number;
  /** How the WebSocket says who it is. A ticket (default) tells a refused token from an absent server. */
  readonly liveAuthentication?: "ticket" | "subprotocol";
  readonly quietMs?: number;
}

export interface HttpDataSource extends DataSource, Disposable {
  /** Skips the rest of a reconnect's backoff. */
  retryNow(): void;
}

export function createHttpDataSource(options: HttpDataSourceOptions): HttpDataSource {
  const api = createApiClient(options.url, options.token, options.fetch);
  const socketUrl = `${options.url.replace(/\/+$/, "").replace(/^http/, "ws")}/v1/live`;

  async function liveAddress(): Promise<LiveAddress> {
    if (options.liveAuthentication === "subprotocol") return { url: socketUrl, protocols: ["sightline.v1", `bearer.${options.token}`] };
    try {
      const { ticket } = as<{ ticket: string }>(await api.post("/v1/live/ticket", {}));
      return { url: `${socketUrl}?ticket=${encodeURIComponent(ticket)}`, protocols: [] };
    } catch (error) {
      if (error instanceof DataSourceError && (error.status === 401 || error.status === 403)) throw new LiveUnauthorized(error.message);
      throw error;
    }
  }

  const live = new LiveConnection({
    address: liveAddress,
    openWebSocket: options.openWebSocket,
    clock: options.clock,
    random: options.random,
    ...(options.quietMs === undefined ? {} : { quietMs: options.quietMs }),
  });

  const ask: DataSource["ask"] = async (query, timeMs) => {
    const answer = await api.get("/api/v1/query", { query, time: seconds(timeMs) });
    const data = dataOf<QueryData>(answer);
    return { series: instantSeries(data), histograms: histogramsOf(data), listed: listedOf(data), ...annotationsOf(answer) };
  };
  const askRange: DataSource["askRange"] = async (query, startMs, endMs, stepMs) => {
    const answer = await api.get("/api/v1/query_range", { query, start: startMs / 1000, end: endMs / 1000, step: stepMs / 1000 });
    const data = dataOf<QueryData>(answer);
    return { series: rangeSeries(data, startMs, endMs, stepMs), histograms: histogramCount(data), ...annotationsOf(answer) };
  };

  return {
    ask,
    askRange,
    query: async (...asked) => (await ask(...asked)).series,
    queryRange: async (...asked) => (await askRange(...asked)).series,
    async series(matchers, startMs, endMs) {
      const parameters = { "match[]": matchers, start: seconds(startMs), end: seconds(endMs) };
      return dataOf<readonly Labels[]>(await api.get("/api/v1/series", parameters));
    },
    async labelNames(matchers) {
      return dataOf<readonly string[]>(await api.get("/api/v1/labels", { "match[]": matchers }));
    },
    async labelValues(label, matchers) {
      return dataOf<readonly string[]>(await api.get(`/api/v1/label/${encodeURIComponent(label)}/values`, { "match[]": matchers }));
    },
    async metadata(metric) {
      return dataOf(await api.get("/api/v1/metadata", { metric }));
    },
    async stats(query, windowMs) {
      return as<StatsResponse>(await api.get("/v1/stats", { query, window: windowMs }));
    },
    async forecast(query, horizonMs) {
      return as<ForecastResponse>(await api.get("/v1/forecast", { query, horizon: horizonMs }));
    },
    async anomalies(query, startMs, endMs, bands) {
      return as<AnomaliesResponse>(await api.get("/v1/anomalies", { query, start: startMs, end: endMs, bands: bands ? 1 : undefined }));
    },
    async answerAnomaly(id, verdict) {
      return as<AnomalyFeedbackResponse>(await api.post(feedbackPath(id), { verdict }));
    },
    async takeBackAnomalyAnswer(id) {
      return as<AnomalyFeedbackResponse>(await api.delete(feedbackPath(id)));
    },
    async insights() {
      return as<InsightsResponse>(await api.get("/v1/insights"));
    },
    async answerInsight(id, verdict) {
      return as<InsightFeedbackResponse>(await api.post(insightPath(id), { verdict }));
    },
    async takeBackInsightAnswer(id) {
      return as<InsightFeedbackResponse>(await api.delete(insightPath(id)));
    },
    async anomalyAnswers() {
      return as<{ feedback: readonly AnomalyFeedbackResponse[] }>(await api.get("/v1/anomalies/feedback")).feedback;
    },
    async pins() {
      return as<{ pins: readonly string[] }>(await api.get("/v1/anomalies/pins")).pins;
    },
    async putPins(pins) {
      return as<{ pins: readonly string[] }>(await api.put("/v1/anomalies/pins", { pins })).pins;
    },
    async trend(query, windowMs) {
      return as<TrendResponse>(await api.get("/v1/trend", { query, window: windowMs }));
    },
    async capacity(scenario = {}) {
      const { traffic, hosts, retention } = scenario;
      const kept = { retention: retention?.thenMs, retentionNow: retention?.nowMs };
      return as<CapacityResponse>(await api.get("/v1/capacity", { traffic, hosts, ...kept }));
    },
    async capacitySettings() {
      return as<CapacitySettings>(await api.get("/v1/capacity/settings"));
    },
    async putCapacitySettings(settings) {
      return as<CapacitySettings>(await api.put("/v1/capacity/settings", settings));
    },
    async slos() {
      return as<SlosResponse>(await api.get("/v1/slos"));
    },
    async snapshot() {
      return as<Snapshot>(await api.get("/v1/snapshot"));
    },
    async alerts() {
      return as<AlertsResponse>(await api.get("/v1/alerts")).alerts;
    },
    async acknowledge(alertId, note) {
      return as<Alert>(await api.post(`/v1/alerts/${encodeURIComponent(alertId)}/ack`, note === undefined ? {} : { note }));
    },
    async snooze(alertId, untilMs) {
      return as<Alert>(await api.post(`/v1/alerts/${encodeURIComponent(alertId)}/snooze`, { until: untilMs }));
    },
    async trace(alertId) {
      return as<AlertTraceResponse>(await api.get(`/v1/alerts/${encodeURIComponent(alertId)}/trace`));
    },
    async incident(id) {
      return as<Incident>(await api.get(incidentPath(id)));
    },
    async acknowledgeIncident(id, note) {
      return as<IncidentAcknowledged>(await api.post(`${incidentPath(id)}/ack`, note === undefined ? {} : { note }));
    },
    async resolveIncident(id) {
      return as<IncidentResolved>(await api.post(`${incidentPath(id)}/resolve`, {}));
    },
    async noteIncident(id, note) {
      return as<Incident>(await api.post(`${incidentPath(id)}/note`, { note }));
    },
    async nameIncident(id, title) {
      return as<Incident>(await api.put(incidentPath(id), { title }));
    },
    async mergeIncidents(id, other) {
      return as<Incident>(await api.post(`${incidentPath(id)}/merge`, { incident: other }));
    },
    async deploys(sinceMs) {
      return as<DeploysResponse>(await api.get("/v1/deploys", { since: Math.round(sinceMs) })).deploys;
    },
    async backtest(rules, since) {
      return as<BacktestResponse>(await api.post("/v1/backtest", { rules, since }));
    },
    async receivers() {
      return as<{ receivers: readonly ShownReceiver[] }>(await api.get("/v1/receivers")).receivers;
    },
    async testReceiver(name) {
      const answer = await api.post(`/v1/receivers/${encodeURIComponent(name)}/test`, {});
      return as<{ integrations: readonly TestedIntegration[] }>(answer).integrations;
    },
    async deliveries(receiver, limit) {
      const answer = await api.get(`/v1/receivers/${encodeURIComponent(receiver)}/deliveries`, { limit });
      return as<{ deliveries: readonly Delivery[] }>(answer).deliveries;
    },
    async deadLetters(limit) {
      return as<{ deadLetters: readonly DeadLetter[] }>(await api.get("/v1/dead-letters", { limit })).deadLetters;
    },
    async retryDeadLetter(id) {
      await api.post(`/v1/dead-letters/${id}/retry`, {});
    },
    async silence(request) {
      return as<{ silenceID: string }>(await api.post("/v1/silences", request));
    },
    subscribe: (selectors, backfillMs, onSamples) => live.subscribe(selectors, backfillMs, onSamples),
    onEvent: (listener) => live.onEvent(listener),
    onConnection: (listener) => live.onConnection(listener),
    get connection() {
      return live.state;
    },
    retryNow: () => live.retryNow(),
    dispose: () => live.dispose(),
  };
}

const feedbackPath = (id: string): string => `/v1/anomalies/${encodeURIComponent(id)}/feedback`;
const insightPath = (id: string): string => `/v1/insights/${encodeURIComponent(id)}/feedback`;
const incidentPath = (id: string): string => `/v1/incidents/${encodeURIComponent(id)}`;

function seconds(timeMs: number | undefined): number | undefined {
  return timeMs === undefined ? undefined : timeMs / 1000;
}

/** The routes' bodies are typed once, in responses.ts, for the worker that writes them and for us. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the caller names the route's shape
function as<T>(answer: unknown): T {
  if (typeof answer !== "object" || answer === null)
    throw new DataSourceError("not_json", "The server's answer was empty where an object was due.", 200);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- see above
  return answer as T;
}
