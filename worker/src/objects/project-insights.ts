import { openResources, tellInsights } from "../project/insights/tell-insights.ts";
import type { AnomalyRpc } from "./anomaly-rpc.ts";
import { ProjectForecasts } from "./project-forecasts.ts";

/** What people should know, and what of it was taken back. */
export abstract class ProjectInsights extends ProjectForecasts implements Pick<AnomalyRpc, "insights" | "openResources"> {
  async insights(...[anomalies, capacity, sinceMs, nowMs]: Parameters<AnomalyRpc["insights"]>): ReturnType<AnomalyRpc["insights"]> {
    const judged = { capacity: capacity?.resources ?? null, unjudged: capacity?.unjudged ?? [] };
    return this.changed(tellInsights(this.ports, { anomalies, ...judged, sinceMs, nowMs }));
  }

  async openResources(): ReturnType<AnomalyRpc["openResources"]> {
    return openResources(this.ports);
  }
}
