/** What the routes of deploys, topology and incidents answer with. Times in ms. */
import type { Dependency } from "../alerting/topology.ts";
import type { Alert, Severity } from "../model/alert.ts";
import type { Deploy } from "../model/deploy.ts";
import type { Labels } from "../model/labels.ts";

/** `GET /v1/deploys`, newest first. */
export interface DeploysResponse {
  readonly deploys: readonly Deploy[];
}

/** What people say of a service's needs, beside what its series and its deploys tell. */
export interface DeclaredDependencies {
  readonly service: string;
  /** Services, hosts, addresses and databases that it calls. */
  readonly dependsOn: readonly string[];
  /** Hosts. */
  readonly runsOn: readonly string[];
}

/** Why one thing is taken to stand on another: labels of its series, what a deploy said, or people. */
export interface KnownDependency extends Dependency {
  readonly origin: "labels" | "deploy" | "declared";
  readonly seenAt: number;
}

/** `GET /v1/topology`. */
export interface TopologyResponse {
  /** Whether alerts are held while what they stand on is down. */
  readonly suppression: boolean;
  /** When the labels of all shards were last looked at; null before the first time. */
  readonly learnedAt: number | null;
  readonly dependencies: readonly KnownDependency[];
}

export interface IncidentNote {
  readonly at: number;
  readonly by: string;
  readonly text: string;
}

/** What is probably behind an incident. */
export interface IncidentCause {
  readonly alert: { readonly id: string; readonly name: string; readonly severity: Severity; readonly labels: Labels };
  /** Shortly before the first alert, of a service that is concerned; null when there was none. */
  readonly deploy: Deploy | null;
  /** A sentence. */
  readonly reason: string;
}

/** Alerts that began together on related things. */
export interface IncidentSummary {
  readonly id: string;
  /** As people call it, or else the cause and how many more. */
  readonly title: string;
  readonly state: "open" | "resolved";
  readonly startedAt: number;
  /** When the newest of its alerts began. */
  readonly newestAt: number;
  /** When the last of its alerts was over; null while one is not. */
  readonly resolvedAt: number | null;
  readonly alertCount: number;
  /** Of them, firing or acknowledged. */
  readonly openCount: number;
  readonly cause: IncidentCause | null;
}

/** `GET /v1/incidents`, newest first. */
export interface IncidentsResponse {
  readonly incidents: readonly IncidentSummary[];
}

export interface TimelineEntry {
  readonly at: number;
  readonly kind: "deploy" | "fired" | "acknowledged" | "escalated" | "resolved" | "note";
  /** A sentence. */
  readonly text: string;
  readonly alertId?: string;
}

/** `GET /v1/incidents/{id}`. */
export interface Incident extends IncidentSummary {
  /** At most 500; `alertCount` counts them all. */
  readonly alerts: readonly Alert[];
  /** Oldest first. */
  readonly timeline: readonly TimelineEntry[];
  /** What was learned from it, written by people; null until then. */
  readonly postMortem: string | null;
}

/** `POST /v1/incidents/{id}/resolve`. */
export interface IncidentResolved {
  /** Alerts that this call resolved. */
  readonly resolved: number;
  readonly incident: Incident;
}

/** `POST /v1/incidents/{id}/split`. */
export interface IncidentSplit {
  /** That of the alerts that were taken out. */
  readonly incident: Incident;
  readonly left: Incident;
}

/** `POST /v1/incidents/{id}/ack`. */
export interface IncidentAcknowledged {
  /** Alerts that this call acknowledged. */
  readonly acknowledged: number;
  readonly incident: Incident;
}
