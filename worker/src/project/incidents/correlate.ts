import { incidentFor } from "@sightline/shared/alerting/incidents";
import type { Topology } from "@sightline/shared/alerting/topology";
import type { StoredAlert } from "../alert-lifecycle.ts";
import { type AlertChange, findAlert } from "../alert-store.ts";
import type { ProjectPorts } from "../project-ports.ts";
import { reconsider } from "./incident-cause.ts";
import { type StoredIncident, incidentOfAlert } from "./incident-store.ts";
import { Membership } from "./membership.ts";
import { noteOnset, relatedAlerts } from "./onsets.ts";
import { readTopology, wantTopology } from "./topology-store.ts";

/** An alert that others follow from makes one incident of theirs, unless they are storms of their own. */
const MAX_MERGED = 500;

const firedAt = (alert: StoredAlert): number => alert.firedAt ?? alert.activeAt;

/**
 * Joins the incident of a related alert that is young enough, or begins one with it; alone it stays an alert. What else
 * it is related to comes along: alerts that stood alone, and the incidents of what follows from it.
 */
export function joinIncident(ports: ProjectPorts, alert: StoredAlert, topology: Topology, membership: Membership): void {
  let incident: string | null = null;
  for (const id of relatedAlerts(ports, alert, topology)) {
    const other = findAlert(ports, id);
    // One alert that comes and goes is no incident.
    if (other === null || other.fingerprint === alert.fingerprint) continue;
    const known: StoredIncident | null = incidentOfAlert(ports, id);
    const since = { startedAt: firedAt(other), newestAt: firedAt(other) };
    if (incidentFor(alert, [{ id: "", alerts: [other], ...(known ?? since) }], topology) === null) continue;
    if (incident === null) {
      incident = (known ?? membership.begin(other)).id;
      membership.join(incident, alert);
    } else if (known === null) membership.join(incident, other);
    else if (known.id !== incident && known.alertCount <= MAX_MERGED && topology.explains(alert, other) !== null)
      membership.merge(incident, known.id);
  }
  noteOnset(ports, alert);
}

/**
 * Inside the transaction of the changes: alerts that began together become one incident, and one whose alerts are all over
 * ends. Gives the changes with the incident of each, and those of alerts that were alone before.
 */
export function correlate(ports: ProjectPorts, changes: readonly AlertChange[]): readonly AlertChange[] {
  const isEnd = ({ alert, previous }: AlertChange): boolean =>
    alert.state === "resolved" && previous !== "resolved" && alert.firedAt !== null;
  const membership = new Membership(
    ports,
    changes.filter(isEnd).map(({ alert }) => alert.id),
  );
  let topology: Topology | null = null;
  for (const change of changes) {
    const { alert, previous } = change;
    if (alert.state === "firing" && previous !== "firing") {
      topology ??= readTopology(ports);
      joinIncident(ports, alert, topology, membership);
    } else if (isEnd(change)) membership.ended(alert);
  }
  if (topology === null) return changes;
  wantTopology(ports);
  return settle(ports, topology, membership, changes);
}

/** Works out causes anew, and tells the incident of every change. */
export function settle(
  ports: ProjectPorts,
  topology: Topology,
  membership: Membership,
  changes: readonly AlertChange[],
): readonly AlertChange[] {
  if (membership.moved.size === 0) return changes;
  for (const [incident, alerts] of membership.arrivals) reconsider(ports, topology, incident, alerts);
  const changing = new Set(changes.map(({ alert }) => alert.id));
  const told = changes.map((change): AlertChange => {
    const incidentId = membership.moved.get(change.alert.id)?.incidentId;
    return incidentId === undefined ? change : { ...change, alert: { ...change.alert, incidentId } };
  });
  const others = [...membership.moved.values()].filter(({ id }) => !changing.has(id));
  return [...told, ...others.map((alert): AlertChange => ({ alert, previous: alert.state }))];
}
