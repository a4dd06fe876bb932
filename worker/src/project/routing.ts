import { type EffectiveRoute, allRoutes, effectiveTree } from "@sightline/shared/alerting/route-tree";
import type { RoutingConfig } from "@sightline/shared/alerting/routing";
import type { Principal } from "@sightline/shared/model/principal";
import { type Result, fail, ok } from "@sightline/shared/model/result";
import { EDITOR } from "../alerting/notification.ts";
import { recordAudit } from "./audit-log.ts";
import type { ProjectPorts } from "./project-ports.ts";
import { listReceivers } from "./receivers.ts";
import { openJson, sealJson } from "./sealed-json.ts";

/** A stored configuration with its tree worked out. */
export interface Routing {
  readonly config: RoutingConfig;
  readonly tree: EffectiveRoute;
  readonly byPath: ReadonlyMap<string, EffectiveRoute>;
}

/** While nobody has said otherwise: every receiver gets everything, grouped by rule, and the editor hears of each alert at once. */
const defaultRouting = (receivers: readonly string[]): RoutingConfig => ({
  route: {
    receiver: EDITOR,
    matchers: [],
    groupBy: ["alertname"],
    groupWaitMs: 5000,
    continue: false,
    routes: receivers.map((receiver) => ({ receiver, matchers: [], continue: true, routes: [] })),
  },
  inhibitRules: [],
  timeIntervals: [],
});

function storedConfig(ports: ProjectPorts): RoutingConfig | null {
  const [row] = ports.database.all<{ value: string }>("SELECT value FROM settings WHERE name = 'routing'");
  // Written by putRouting.
  return row === undefined ? null : (openJson(row.value) as RoutingConfig);
}

/** False while the project's first tree holds. */
export const hasRouting = (ports: ProjectPorts): boolean => storedConfig(ports) !== null;

export const readRoutingConfig = (ports: ProjectPorts): RoutingConfig =>
  storedConfig(ports) ?? defaultRouting(listReceivers(ports).map(({ name }) => name));

export function readRouting(ports: ProjectPorts): Routing {
  const config = readRoutingConfig(ports);
  const tree = effectiveTree(config.route);
  return { config, tree, byPath: new Map(allRoutes(tree).map((route) => [route.path, route])) };
}

/** Inside a transaction; `known` are the names a route may lead to besides the editor. Codes: `bad_routes`. */
export function putRouting(ports: ProjectPorts, by: Principal, config: RoutingConfig, known: readonly string[]): Result<null> {
  const names = new Set(allRoutes(effectiveTree(config.route)).map(({ receiver }) => receiver));
  const missing = [...names].filter((name) => name !== null && name !== EDITOR && !known.includes(name));
  if (missing.length > 0) {
    const shown = missing.map((name) => JSON.stringify(name)).join(", ");
    return fail("bad_routes", `The routes lead to ${shown}, and nobody has that name. Nothing was changed; put the receiver first.`);
  }
  ports.database.run("INSERT OR REPLACE INTO settings (name, value) VALUES ('routing', ?)", sealJson(config));
  recordAudit(
    ports,
    by,
    "routes.put",
    `${allRoutes(effectiveTree(config.route)).length} routes, ${config.inhibitRules.length} inhibition rules`,
  );
  return ok(null);
}

/** Inside a transaction: back to the default tree. */
export function forgetRouting(ports: ProjectPorts, by: Principal): void {
  ports.database.run("DELETE FROM settings WHERE name = 'routing'");
  recordAudit(ports, by, "routes.delete", "back to the default tree");
}
