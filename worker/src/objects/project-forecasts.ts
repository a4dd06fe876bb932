import { ProjectIncidents } from "./project-incidents.ts";
import type { ForecastsRpc } from "./forecasts-rpc.ts";

type Answer<Method extends keyof ForecastsRpc> = ReturnType<ForecastsRpc[Method]>;

/** Forecasts that were asked for, and how they fared. */
export abstract class ProjectForecasts extends ProjectIncidents implements ForecastsRpc {
  async forecast(query: string, horizonMs: number): Answer<"forecast"> {
    return this.changed(await this.connections.forecasts.ask(query, horizonMs));
  }
}
