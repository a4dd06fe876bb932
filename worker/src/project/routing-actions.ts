import { type RoutingForm, parseRouting, routingForm } from "@sightline/shared/alerting/routing-form";
import type { Principal } from "@sightline/shared/model/principal";
import { type Result, ok } from "@sightline/shared/model/result";
import type { ProjectPorts } from "./project-ports.ts";
import { reroute } from "./reroute.ts";
import { forgetRouting, putRouting, readRoutingConfig } from "./routing.ts";
import { knownNames } from "./targets.ts";

/** In Alertmanager's own words, defaults of the project's first tree included. */
export const readRoutes = (ports: ProjectPorts): RoutingForm => routingForm(readRoutingConfig(ports));

/** Replaces routes, inhibition rules and time intervals as one; what fires is routed anew. Codes: `bad_routes`. */
export function putRoutes(ports: ProjectPorts, by: Principal, form: RoutingForm): Result<RoutingForm> {
  const config = parseRouting(form);
  if (!config.ok) return config;
  return ports.database.transaction(() => {
    const put = putRouting(ports, by, config.value, knownNames(ports));
    if (!put.ok) return put;
    reroute(ports);
    return ok(readRoutes(ports));
  });
}

/** Back to the default tree. */
export function deleteRoutes(ports: ProjectPorts, by: Principal): void {
  ports.database.transaction(() => {
    forgetRouting(ports, by);
    reroute(ports);
  });
}
