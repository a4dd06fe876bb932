/** What the `/v1` routes about routing, silences and rules nobody would hear answer with. */
import type { Labels } from "../model/labels.ts";
import type { SilenceRequest } from "./responses.ts";

/** One route that takes an alert, as `POST /v1/routes/test` tells it. */
export interface RouteVerdict {
  /** Names the route; `{}` is the root. */
  readonly route: string;
  readonly receiver: string | null;
  /** A sentence. */
  readonly why: string;
  readonly groupKey: string;
  readonly groupLabels: Labels;
  /** Durations as in the configuration. */
  readonly groupWait: string;
  readonly groupInterval: string;
  readonly repeatInterval: string;
  /** Why the route is silent now; null when it is not. */
  readonly muted: string | null;
}

export interface RouteTestResponse {
  /** As they were judged, `alertname` and `severity` among them. */
  readonly labels: Labels;
  readonly receivers: readonly string[];
  readonly routes: readonly RouteVerdict[];
  /** What would hold such an alert back now; null when nothing would. */
  readonly inhibitedBy: string | null;
  readonly silencedBy: readonly string[];
}

/** A silence with what it has done. */
export interface SilenceReport extends SilenceRequest {
  readonly id: string;
  readonly startsAt: number;
  readonly createdBy: string;
  readonly state: "pending" | "active" | "expired";
  /** Alerts that fire now and are held by it. */
  readonly heldNow: number;
  /** Alerts that fired at some time while it was in force, and that it matches. */
  readonly heldTotal: number;
}

export interface SilencesResponse {
  readonly silences: readonly SilenceReport[];
}

/** A rule whose alerts would reach nobody but viewers of the editor or the page. */
export interface UnheardRule {
  readonly group: string;
  readonly rule: string;
  /** A sentence for each way it would go. */
  readonly reasons: readonly string[];
}

export interface UnheardRulesResponse {
  readonly rules: readonly UnheardRule[];
}
