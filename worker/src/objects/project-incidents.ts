import type { NewDeploy } from "@sightline/shared/model/deploy";
import type { Principal } from "@sightline/shared/model/principal";
import { listDeploys, recordDeploy } from "../project/incidents/deploys.ts";
import type { IncidentsRpc } from "./incidents-rpc.ts";
import { ProjectAlerting } from "./project-alerting.ts";

type Answer<Method extends keyof IncidentsRpc> = ReturnType<IncidentsRpc[Method]>;

/** Which alerts belong together, what they stand on, and what was changed before. */
export abstract class ProjectIncidents extends ProjectAlerting implements IncidentsRpc {
  async recordDeploy(by: Principal, deploy: NewDeploy): Answer<"recordDeploy"> {
    return this.changed(recordDeploy(this.ports, by, deploy));
  }
  async deploys(service: string | null, sinceMs: number, limit: number): Answer<"deploys"> {
    return listDeploys(this.ports, service, sinceMs, limit);
  }
}
