import { DEPLOY_SUSPECT_MS, probableCause } from "@sightline/shared/alerting/incidents";
import { type Topology, meansDown } from "@sightline/shared/alerting/topology";
import type { StoredAlert } from "../alert-lifecycle.ts";
import type { ProjectPorts } from "../project-ports.ts";
import { deploysBetween } from "./deploys.ts";
import { type StoredCause, type StoredIncident, alertsById, findIncident, saveIncident } from "./incident-store.ts";

/** A cause is worked out from so many alerts, by comparing each with each; what says that something is down has room of its own. */
const MAX_CONSIDERED = 50;
const MAX_WITH_DOWN = 80;
const MAX_DEPLOYS = 500;

function causeOf(ports: ProjectPorts, topology: Topology, incident: StoredIncident): StoredCause | null {
  const alerts = alertsById(ports, incident.considered);
  const deploys = deploysBetween(ports, incident.startedAt - DEPLOY_SUSPECT_MS, incident.newestAt, MAX_DEPLOYS);
  const found = probableCause(alerts, topology, deploys);
  const alert = alerts.find(({ id }) => id === found?.alertId);
  if (found === null || alert === undefined) return null;
  const { id, name, severity, labels } = alert;
  return { alert: { id, name, severity, labels }, deployId: found.deployId, reason: found.reason };
}

/** Inside a transaction, after alerts have joined or left: among the first ones the cause may be another now. */
export function reconsider(ports: ProjectPorts, topology: Topology, id: string, joined: readonly StoredAlert[]): void {
  const incident = findIncident(ports, id);
  if (incident === null) return;
  const considered = new Set(incident.considered.slice(0, MAX_WITH_DOWN));
  const before = considered.size;
  for (const alert of joined) {
    if (considered.size < (meansDown(alert) ? MAX_WITH_DOWN : MAX_CONSIDERED)) considered.add(alert.id);
  }
  if (joined.length > 0 && considered.size === before && incident.considered.length === before) return;
  const known = { ...incident, considered: [...considered] };
  const cause = causeOf(ports, topology, known);
  // Looked at again for something else than an alert, it mostly is what it was: not worth a write.
  if (joined.length === 0 && JSON.stringify(cause) === JSON.stringify(incident.cause)) return;
  saveIncident(ports, { ...known, cause });
}
