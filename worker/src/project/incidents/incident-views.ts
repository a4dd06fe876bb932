import { DEPLOY_SUSPECT_MS, alertWithPlace, servicesOf } from "@sightline/shared/alerting/incidents";
import { incidentTimeline } from "@sightline/shared/alerting/incident-timeline";
import type { Incident, IncidentSummary } from "@sightline/shared/api/incident-responses";
import type { Deploy } from "@sightline/shared/model/deploy";
import { withSilence } from "../announce.ts";
import type { ProjectPorts } from "../project-ports.ts";
import { listSilences } from "../silences.ts";
import { deploysBetween, findDeploy } from "./deploys.ts";
import { type StoredIncident, alertsOfIncident, findIncident, listIncidents } from "./incident-store.ts";

const MAX_ALERTS = 500;
const MAX_DEPLOYS = 500;

function titleOf({ title, cause, alertCount }: StoredIncident): string {
  if (title !== null) return title;
  if (cause === null) return `${alertCount} related alerts`;
  const others = alertCount - 1;
  if (others === 0) return alertWithPlace(cause.alert);
  return `${alertWithPlace(cause.alert)} and ${others} more ${others === 1 ? "alert" : "alerts"}`;
}

function summaryOf(ports: ProjectPorts, incident: StoredIncident): IncidentSummary {
  const { id, startedAt, newestAt, resolvedAt, alertCount, openCount, cause } = incident;
  return {
    id,
    title: titleOf(incident),
    state: resolvedAt === null ? "open" : "resolved",
    startedAt,
    newestAt,
    resolvedAt,
    alertCount,
    openCount,
    cause:
      cause === null
        ? null
        : { alert: cause.alert, deploy: cause.deployId === null ? null : findDeploy(ports, cause.deployId), reason: cause.reason },
  };
}

export const readIncidents = (ports: ProjectPorts, filter: Parameters<typeof listIncidents>[1]): readonly IncidentSummary[] =>
  listIncidents(ports, filter).map((incident) => summaryOf(ports, incident));

/** Null when there is none of this id. */
export function readIncident(ports: ProjectPorts, id: string): Incident | null {
  const incident = findIncident(ports, id);
  if (incident === null) return null;
  const alerts = alertsOfIncident(ports, id, MAX_ALERTS);
  const services = servicesOf(alerts);
  const until = incident.resolvedAt ?? ports.now();
  const deploys = deploysBetween(ports, incident.startedAt - DEPLOY_SUSPECT_MS, until, MAX_DEPLOYS).filter((deploy: Deploy) =>
    services.has(deploy.service),
  );
  const silences = listSilences(ports);
  return {
    ...summaryOf(ports, incident),
    alerts: alerts.map((alert) => withSilence(alert, silences, ports.now())),
    timeline: incidentTimeline(alerts, deploys, incident.notes),
    postMortem: incident.postMortem,
  };
}
