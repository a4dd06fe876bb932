import type { RoutingForm } from "@sightline/shared/alerting/routing-form";
import type { Labels } from "@sightline/shared/model/labels";
import type { Principal } from "@sightline/shared/model/principal";
import { snooze, writeNote } from "../project/alert-actions.ts";
import { readAlert, readAlerts } from "../project/project-core.ts";
import { testRoutes } from "../project/route-test.ts";
import { deleteRoutes, putRoutes, readRoutes } from "../project/routing-actions.ts";
import { silenceReports } from "../project/silence-reports.ts";
import { readTrace } from "../project/trace.ts";
import { unheardRules } from "../project/unheard-rules.ts";
import type { PipelineRpc } from "./pipeline-rpc.ts";
import { ProjectAccess } from "./project-access.ts";

type Answer<Method extends keyof PipelineRpc> = ReturnType<PipelineRpc[Method]>;

/** Who is told of which alert, when, and why not. */
export abstract class ProjectPipeline extends ProjectAccess implements PipelineRpc {
  async routes(): Answer<"routes"> {
    return readRoutes(this.ports);
  }
  async putRoutes(by: Principal, form: RoutingForm): Answer<"putRoutes"> {
    return this.changed(putRoutes(this.ports, by, form));
  }
  async deleteRoutes(by: Principal): Answer<"deleteRoutes"> {
    return this.changed(deleteRoutes(this.ports, by));
  }
  async testRoutes(labels: Labels): Answer<"testRoutes"> {
    return testRoutes(this.ports, labels);
  }
  async unheardRules(): Answer<"unheardRules"> {
    return unheardRules(this.ports);
  }
  async silenceReports(ended: boolean): Answer<"silenceReports"> {
    return silenceReports(this.ports, ended);
  }
  async snooze(by: Principal, id: string, untilMs: number): Answer<"snooze"> {
    return this.changed(snooze(this.ports, by, id, untilMs));
  }
  async note(by: Principal, id: string, note: string): Answer<"note"> {
    return this.changed(writeNote(this.ports, by, id, note));
  }
  async alertTrace(id: string): Answer<"alertTrace"> {
    const alert = readAlert(this.ports, id);
    return alert === null ? null : { alert, trace: readTrace(this.ports, id) };
  }
  async history(id: string, limit: number): Answer<"history"> {
    const alert = readAlert(this.ports, id);
    return alert === null ? null : readAlerts(this.ports, { fingerprint: alert.fingerprint, limit });
  }
}
