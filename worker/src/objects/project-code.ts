import type { ApplyOptions } from "@sightline/shared/as-code/documents";
import type { Principal } from "@sightline/shared/model/principal";
import { outboundPolicy } from "../alerting/outbound-address.ts";
import { applyDocuments } from "../project/as-code/apply.ts";
import { ProjectInsights } from "./project-insights.ts";
import type { ProjectRpc } from "./rpc.ts";

/** The project's configuration as files. */
export abstract class ProjectCode extends ProjectInsights {
  async apply(by: Principal, documents: Parameters<ProjectRpc["apply"]>[1], options: ApplyOptions): ReturnType<ProjectRpc["apply"]> {
    return this.changed(applyDocuments({ ...this.ports, outbound: outboundPolicy(this.env.ALLOW_OUTBOUND) }, by, documents, options));
  }
}
