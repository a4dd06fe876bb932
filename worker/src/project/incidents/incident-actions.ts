import type { Incident, IncidentAcknowledged, IncidentResolved, IncidentSplit } from "@sightline/shared/api/incident-responses";
import type { Principal } from "@sightline/shared/model/principal";
import { type Result, fail, ok } from "@sightline/shared/model/result";
import { isOpen } from "../../alerting/routed-alert.ts";
import { acknowledge, resolveByHand } from "../alert-actions.ts";
import type { StoredAlert } from "../alert-lifecycle.ts";
import { tellEditor } from "../announce.ts";
import { actorOf, recordAudit } from "../audit-log.ts";
import type { ProjectPorts } from "../project-ports.ts";
import { reconsider } from "./incident-cause.ts";
import { type StoredIncident, alertsOfIncident, findIncident, saveIncident } from "./incident-store.ts";
import { readIncident } from "./incident-views.ts";
import { MAX_MOVED, Membership } from "./membership.ts";
import { readTopology } from "./topology-store.ts";

const MAX_NOTES = 200;
/** Alerts that one call acknowledges or resolves; asked again, it goes on with the rest. */
const MAX_ALERTS = 1000;

const unknown = (id: string): Result<never> =>
  fail("not_found", `There is no incident ${JSON.stringify(id)}; GET /v1/incidents lists them, resolved ones for 90 days.`);

/** What a person does to an incident, in one transaction; the incident as it is afterwards. */
function act(ports: ProjectPorts, id: string, deed: (incident: StoredIncident) => Result<unknown>): Result<Incident> {
  return ports.database.transaction(() => {
    const incident = findIncident(ports, id);
    if (incident === null) return unknown(id);
    const done = deed(incident);
    if (!done.ok) return done;
    const after = readIncident(ports, id);
    return after === null ? unknown(id) : ok(after);
  });
}

/** Adds to the timeline. Codes: `not_found`, `limit_exceeded`. */
export const noteIncident = (ports: ProjectPorts, by: Principal, id: string, text: string): Result<Incident> =>
  act(ports, id, (incident) => {
    if (incident.notes.length >= MAX_NOTES)
      return fail(
        "limit_exceeded",
        `An incident has at most ${MAX_NOTES} notes; write the rest into its post-mortem. Nothing was changed.`,
      );
    saveIncident(ports, { ...incident, notes: [...incident.notes, { at: ports.now(), by: actorOf(by), text }] });
    recordAudit(ports, by, "incident.note", id);
    return ok(null);
  });

/** Names it, or writes its post-mortem; empty text takes either away. Codes: `not_found`. */
export const writeIncident = (
  ports: ProjectPorts,
  by: Principal,
  id: string,
  words: { readonly title?: string; readonly postMortem?: string },
): Result<Incident> =>
  act(ports, id, (incident) => {
    const { title = incident.title, postMortem = incident.postMortem } = words;
    saveIncident(ports, { ...incident, title: title === "" ? null : title, postMortem: postMortem === "" ? null : postMortem });
    recordAudit(ports, by, "incident.write", `${id}: ${Object.keys(words).join(", ")}`);
    return ok(null);
  });

/** Does the same to its alerts, the first to fire first; how many. */
function toAlerts(
  ports: ProjectPorts,
  id: string,
  concerned: (alert: StoredAlert) => boolean,
  deed: (alertId: string) => Result<unknown>,
): Result<{ readonly count: number; readonly incident: Incident }> {
  let count = 0;
  const incident = act(ports, id, () => {
    for (const alert of alertsOfIncident(ports, id, MAX_MOVED).filter(concerned).slice(0, MAX_ALERTS)) {
      const done = deed(alert.id);
      if (!done.ok) return done;
      count++;
    }
    return ok(null);
  });
  return incident.ok ? ok({ count, incident: incident.value }) : incident;
}

/** Acknowledges every alert of it that fires, 1,000 at a time. Codes: `not_found`. */
export function acknowledgeIncident(ports: ProjectPorts, by: Principal, id: string, note: string | null): Result<IncidentAcknowledged> {
  const done = toAlerts(
    ports,
    id,
    ({ state }) => state === "firing",
    (alertId) => acknowledge(ports, by, alertId, note),
  );
  return done.ok ? ok({ acknowledged: done.value.count, incident: done.value.incident }) : done;
}

/** Resolves every open alert of it by hand, 1,000 at a time. Codes: `not_found`. */
export function resolveIncident(ports: ProjectPorts, by: Principal, id: string): Result<IncidentResolved> {
  const done = toAlerts(ports, id, isOpen, (alertId) => resolveByHand(ports, by, alertId));
  return done.ok ? ok({ resolved: done.value.count, incident: done.value.incident }) : done;
}

/** Causes anew, and the editor's lists. */
function afterMove(ports: ProjectPorts, membership: Membership, ...incidents: readonly string[]): void {
  const topology = readTopology(ports);
  for (const id of incidents) reconsider(ports, topology, id, membership.arrivals.get(id) ?? []);
  const open = [...membership.moved.values()].filter(isOpen);
  tellEditor(
    ports,
    open.map((alert) => ({ alert, previous: alert.state, kind: "changed" as const })),
  );
}

/** What people know to be one. The other incident is gone afterwards. Codes: `not_found`, `conflict`, `limit_exceeded`. */
export const mergeIncidents = (ports: ProjectPorts, by: Principal, id: string, other: string): Result<Incident> =>
  act(ports, id, (incident) => {
    const source = findIncident(ports, other);
    if (source === null) return unknown(other);
    if (other === id) return fail("conflict", "An incident is one with itself already. Nothing was changed.");
    if (incident.alertCount + source.alertCount > MAX_MOVED)
      return fail("limit_exceeded", `Together they have more than ${MAX_MOVED} alerts, too many to move. Nothing was changed.`);
    const membership = new Membership(ports);
    membership.merge(id, other);
    afterMove(ports, membership, id);
    recordAudit(ports, by, "incident.merge", `${other} into ${id}`);
    return ok(null);
  });

/** Takes alerts out into an incident of their own. Codes: `not_found`, `conflict`. */
export function splitIncident(ports: ProjectPorts, by: Principal, id: string, alertIds: readonly string[]): Result<IncidentSplit> {
  let created = "";
  const left = act(ports, id, (incident) => {
    const wanted = new Set(alertIds);
    const alerts = alertsOfIncident(ports, id, MAX_MOVED).filter((alert) => wanted.has(alert.id));
    const strange = alertIds.find((alertId) => !alerts.some((alert) => alert.id === alertId));
    if (strange !== undefined)
      return fail("not_found", `The alert ${JSON.stringify(strange)} is not of this incident. Nothing was changed.`);
    if (alerts.length === 0 || alerts.length >= incident.alertCount)
      return fail("conflict", "At least one alert is taken out and one stays. Nothing was changed.");
    const membership = new Membership(ports);
    created = membership.split(incident, alerts)?.id ?? "";
    afterMove(ports, membership, created, id);
    recordAudit(ports, by, "incident.split", `${alerts.length} alerts of ${id} into ${created}`);
    return ok(null);
  });
  if (!left.ok) return left;
  const incident = readIncident(ports, created);
  return incident === null ? unknown(created) : ok({ incident, left: left.value });
}
