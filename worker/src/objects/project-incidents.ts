import type { DeclaredDependencies, TopologyResponse } from "@sightline/shared/api/incident-responses";
import type { NewDeploy } from "@sightline/shared/model/deploy";
import type { Principal } from "@sightline/shared/model/principal";
import * as declared from "../project/incidents/declared.ts";
import { reportDeploy } from "../project/incidents/deploy-report.ts";
import { listDeploys } from "../project/incidents/deploys.ts";
import * as actions from "../project/incidents/incident-actions.ts";
import { readIncident, readIncidents } from "../project/incidents/incident-views.ts";
import { freshTopology } from "../project/incidents/learning.ts";
import { readTopologyResponse } from "../project/incidents/topology-store.ts";
import type { IncidentsRpc } from "./incidents-rpc.ts";
import { ProjectAlerting } from "./project-alerting.ts";

type Answer<Method extends keyof IncidentsRpc> = ReturnType<IncidentsRpc[Method]>;

/** Which alerts belong together, what they stand on, and what was changed before. */
export abstract class ProjectIncidents extends ProjectAlerting implements IncidentsRpc {
  async recordDeploy(by: Principal, deploy: NewDeploy): Answer<"recordDeploy"> {
    return this.changed(reportDeploy(this.ports, by, deploy));
  }
  async deploys(service: string | null, sinceMs: number, limit: number): Answer<"deploys"> {
    return listDeploys(this.ports, service, sinceMs, limit);
  }
  async incidents(filter: Parameters<IncidentsRpc["incidents"]>[0]): Answer<"incidents"> {
    return readIncidents(this.ports, filter);
  }
  async incident(id: string): Answer<"incident"> {
    return readIncident(this.ports, id);
  }
  async acknowledgeIncident(by: Principal, id: string, note: string | null): Answer<"acknowledgeIncident"> {
    return this.changed(actions.acknowledgeIncident(this.ports, by, id, note));
  }
  async resolveIncident(by: Principal, id: string): Answer<"resolveIncident"> {
    return this.changed(actions.resolveIncident(this.ports, by, id));
  }
  async noteIncident(by: Principal, id: string, text: string): Answer<"noteIncident"> {
    return actions.noteIncident(this.ports, by, id, text);
  }
  async writeIncident(by: Principal, id: string, words: Parameters<IncidentsRpc["writeIncident"]>[2]): Answer<"writeIncident"> {
    return actions.writeIncident(this.ports, by, id, words);
  }
  async mergeIncidents(by: Principal, id: string, other: string): Answer<"mergeIncidents"> {
    return this.changed(actions.mergeIncidents(this.ports, by, id, other));
  }
  async splitIncident(by: Principal, id: string, alertIds: readonly string[]): Answer<"splitIncident"> {
    return this.changed(actions.splitIncident(this.ports, by, id, alertIds));
  }
  async topology(): Promise<TopologyResponse> {
    await freshTopology(this.ports, this.connections.dependencies);
    return this.changed(readTopologyResponse(this.ports));
  }
  async switchSuppression(by: Principal, on: boolean): Promise<void> {
    this.changed(declared.switchSuppression(this.ports, by, on));
  }
  async declareDependencies(by: Principal, dependencies: DeclaredDependencies): Answer<"declareDependencies"> {
    return this.changed(declared.declareDependencies(this.ports, by, dependencies));
  }
  async takeBackDependencies(by: Principal, service: string): Answer<"takeBackDependencies"> {
    return this.changed(declared.takeBackDependencies(this.ports, by, service));
  }
}
