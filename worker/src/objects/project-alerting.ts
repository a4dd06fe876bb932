import type { SilenceRequest } from "@sightline/shared/api/responses";
import type { Alert, AlertTransition } from "@sightline/shared/model/alert";
import type { Principal } from "@sightline/shared/model/principal";
import * as actions from "../project/alert-actions.ts";
import * as core from "../project/project-core.ts";
import { expireSilence, silence } from "../project/silence-lifecycle.ts";
import { listSilences } from "../project/silences.ts";
import { ProjectReceivers } from "./project-receivers.ts";
import type { ProjectRpc } from "./rpc.ts";

type Answer<Method extends keyof ProjectRpc> = ReturnType<ProjectRpc[Method]>;

/** Alerts from their first transition to the people who are told of them. */
export abstract class ProjectAlerting extends ProjectReceivers {
  async receive(_shard: string, transitions: readonly AlertTransition[]): Promise<void> {
    this.changed(core.receiveTransitions(this.ports, transitions));
  }
  async alerts(filter: Parameters<ProjectRpc["alerts"]>[0]): Answer<"alerts"> {
    return core.readAlerts(this.ports, filter);
  }
  async alert(id: string): Promise<Alert | null> {
    return core.readAlert(this.ports, id);
  }
  async acknowledge(by: Principal, id: string, note: string | null): Answer<"acknowledge"> {
    return this.changed(actions.acknowledge(this.ports, by, id, note));
  }
  async resolve(by: Principal, id: string): Answer<"resolve"> {
    return this.changed(actions.resolveByHand(this.ports, by, id));
  }
  async silences(): Answer<"silences"> {
    return listSilences(this.ports);
  }
  async silence(by: Principal, request: SilenceRequest): Answer<"silence"> {
    return this.changed(silence(this.ports, by, request));
  }
  async expireSilence(by: Principal, id: string): Answer<"expireSilence"> {
    return this.changed(expireSilence(this.ports, by, id));
  }
}
