import type { DeclaredDependencies } from "@sightline/shared/api/incident-responses";
import { isLoopback } from "@sightline/shared/alerting/topology";
import type { Principal } from "@sightline/shared/model/principal";
import { type Result, fail, ok } from "@sightline/shared/model/result";
import { recordAudit } from "../audit-log.ts";
import type { ProjectPorts } from "../project-ports.ts";
import { lookAgain } from "./look-again.ts";
import { putTopologyState, see, topologyChanged } from "./topology-store.ts";

const MAX_DECLARED = 2000;

type Row = { target: string; origin: string };

/** What people said of one service; null when nobody did. */
export function findDeclared(ports: Pick<ProjectPorts, "database">, service: string): DeclaredDependencies | null {
  const rows = ports.database.all<Row>(
    "SELECT target, origin FROM dependencies WHERE source = ? AND origin LIKE 'declared/%' ORDER BY target",
    service,
  );
  const ofKind = (kind: string): readonly string[] => rows.flatMap(({ target, origin }) => (origin === `declared/${kind}` ? [target] : []));
  return rows.length === 0 ? null : { service, dependsOn: ofKind("calls"), runsOn: ofKind("runs_on") };
}

const forget = (ports: ProjectPorts, service: string): void =>
  ports.database.run("DELETE FROM dependencies WHERE source = ? AND origin LIKE 'declared/%'", service);

/** Instead of what was declared for the service before. Codes: `bad_request`, `limit_exceeded`. */
export function declareDependencies(ports: ProjectPorts, by: Principal, declared: DeclaredDependencies): Result<DeclaredDependencies> {
  const { service, dependsOn, runsOn } = declared;
  const local = [...dependsOn, ...runsOn].find(isLoopback);
  if (local !== undefined)
    return fail("bad_request", `${local} is another machine on every machine; name what answers there. Nothing was changed.`);
  if (dependsOn.length + runsOn.length === 0)
    return fail("bad_request", `Say what ${service} depends on or runs on; DELETE takes back what was said. Nothing was changed.`);
  return ports.database.transaction(() => {
    const [{ count } = { count: 0 }] = ports.database.all<{ count: number }>(
      "SELECT count(*) AS count FROM dependencies WHERE origin LIKE 'declared/%' AND source <> ?",
      service,
    );
    if (count + dependsOn.length + runsOn.length > MAX_DECLARED)
      return fail(
        "limit_exceeded",
        `${MAX_DECLARED} dependencies may be declared; what labels tell needs no declaration. Nothing was changed.`,
      );
    forget(ports, service);
    for (const to of dependsOn) see(ports, { from: service, to, kind: "calls" }, "declared", ports.now());
    for (const to of runsOn) see(ports, { from: service, to, kind: "runs_on" }, "declared", ports.now());
    topologyChanged(ports);
    recordAudit(ports, by, "topology.declare", `${service}: ${[...dependsOn, ...runsOn].join(", ")}`);
    lookAgain(ports);
    return ok(findDeclared(ports, service) ?? declared);
  });
}

/** Codes: `not_found`. */
export function takeBackDependencies(ports: ProjectPorts, by: Principal, service: string): Result<null> {
  return ports.database.transaction(() => {
    if (findDeclared(ports, service) === null)
      return fail("not_found", `Nothing was declared of ${JSON.stringify(service)}; GET /v1/topology lists what is known.`);
    forget(ports, service);
    topologyChanged(ports);
    recordAudit(ports, by, "topology.take-back", service);
    lookAgain(ports);
    return ok(null);
  });
}

/** Whether alerts are held while what they stand on is down. */
export function switchSuppression(ports: ProjectPorts, by: Principal, suppression: boolean): void {
  ports.database.transaction(() => {
    putTopologyState(ports, { suppression });
    recordAudit(ports, by, "topology.suppression", suppression ? "on" : "off");
    lookAgain(ports);
  });
}
