import type {
  DeclaredDependencies,
  Incident,
  IncidentAcknowledged,
  IncidentResolved,
  IncidentSplit,
  IncidentSummary,
  TopologyResponse,
} from "@sightline/shared/api/incident-responses";
import type { Deploy, NewDeploy } from "@sightline/shared/model/deploy";
import type { Principal } from "@sightline/shared/model/principal";
import type { Result } from "@sightline/shared/model/result";

/** Of Project: which alerts belong together, what they stand on, and what was changed before. */
export interface IncidentsRpc {
  recordDeploy(by: Principal, deploy: NewDeploy): Promise<Result<{ readonly deploy: Deploy; readonly created: boolean }>>;
  /** Newest first, since a time in ms; of all services when it is null. */
  deploys(service: string | null, sinceMs: number, limit: number): Promise<readonly Deploy[]>;
  incidents(filter: {
    readonly state?: "open" | "resolved";
    readonly startMs?: number;
    readonly endMs?: number;
    readonly limit: number;
  }): Promise<readonly IncidentSummary[]>;
  incident(id: string): Promise<Incident | null>;
  acknowledgeIncident(by: Principal, id: string, note: string | null): Promise<Result<IncidentAcknowledged>>;
  resolveIncident(by: Principal, id: string): Promise<Result<IncidentResolved>>;
  noteIncident(by: Principal, id: string, text: string): Promise<Result<Incident>>;
  /** Absent: as it is; empty: none. */
  writeIncident(by: Principal, id: string, words: { readonly title?: string; readonly postMortem?: string }): Promise<Result<Incident>>;
  mergeIncidents(by: Principal, id: string, other: string): Promise<Result<Incident>>;
  splitIncident(by: Principal, id: string, alertIds: readonly string[]): Promise<Result<IncidentSplit>>;
  /** What is known now; the shards are asked first when that is old. */
  topology(): Promise<TopologyResponse>;
  switchSuppression(by: Principal, on: boolean): Promise<void>;
  declareDependencies(by: Principal, declared: DeclaredDependencies): Promise<Result<DeclaredDependencies>>;
  takeBackDependencies(by: Principal, service: string): Promise<Result<null>>;
}
