import { isOpen } from "../../alerting/routed-alert.ts";
import type { StoredAlert } from "../alert-lifecycle.ts";
import { findAlert, saveAlert } from "../alert-store.ts";
import { type ProjectPorts, newId } from "../project-ports.ts";
import { type StoredIncident, alertsOfIncident, findIncident, incidentOfAlert, saveIncident } from "./incident-store.ts";

/** More than an incident of several storms has; what is beyond stays where it is. */
export const MAX_MOVED = 10_000;

const firedAt = (alert: StoredAlert): number => alert.firedAt ?? alert.activeAt;

/** Which alerts belong to which incident: an alert to one at most. Every call is inside the transaction of what it follows from. */
export class Membership {
  readonly #ports: ProjectPorts;
  /** Alerts whose end is stored already and not yet counted. */
  readonly #ending: Set<string>;
  /** What came to each incident. */
  readonly arrivals = new Map<string, StoredAlert[]>();
  /** Latest state of every alert that belongs to another incident now than before. */
  readonly moved = new Map<string, StoredAlert>();

  constructor(ports: ProjectPorts, ending: Iterable<string> = []) {
    this.#ports = ports;
    this.#ending = new Set(ending);
  }

  #isCountedOpen = (alert: StoredAlert): boolean => isOpen(alert) || this.#ending.has(alert.id);

  #place(alert: StoredAlert, incident: string): void {
    const member = { ...(findAlert(this.#ports, alert.id) ?? alert), incidentId: incident };
    this.#ports.database.run("INSERT OR REPLACE INTO incident_alerts (alert_id, incident_id) VALUES (?, ?)", alert.id, incident);
    saveAlert(this.#ports, member);
    this.moved.set(alert.id, member);
    const others = this.arrivals.get(incident);
    if (others === undefined) this.arrivals.set(incident, [member]);
    else others.push(member);
  }

  begin(first: StoredAlert): StoredIncident {
    const incident: StoredIncident = {
      id: newId(this.#ports),
      startedAt: firedAt(first),
      newestAt: firedAt(first),
      resolvedAt: this.#isCountedOpen(first) ? null : first.resolvedAt,
      alertCount: 1,
      openCount: this.#isCountedOpen(first) ? 1 : 0,
      cause: null,
      considered: [],
      notes: [],
      title: null,
      postMortem: null,
    };
    saveIncident(this.#ports, incident);
    this.#place(first, incident.id);
    return incident;
  }

  /** An alert that belongs to none yet. */
  join(incident: string, alert: StoredAlert): void {
    this.#place(alert, incident);
    const open = this.#isCountedOpen(alert) ? 1 : 0;
    this.#ports.database.run(
      `UPDATE incidents SET alerts = alerts + 1, open = open + ?, started_at = min(started_at, ?), newest_at = max(newest_at, ?),
       resolved_at = CASE WHEN ? = 1 THEN NULL ELSE resolved_at END WHERE id = ?`,
      open,
      firedAt(alert),
      firedAt(alert),
      open,
      incident,
    );
  }

  /** The end of an alert is the end of its incident when it was the last. */
  ended(alert: StoredAlert): void {
    this.#ending.delete(alert.id);
    const incident = incidentOfAlert(this.#ports, alert.id);
    if (incident === null) return;
    const resolvedAt = incident.openCount <= 1 ? Math.max(alert.resolvedAt ?? this.#ports.now(), incident.newestAt) : null;
    this.#ports.database.run("UPDATE incidents SET open = max(open - 1, 0), resolved_at = ? WHERE id = ?", resolvedAt, incident.id);
  }

  /** Everything of `source` is `target`'s; `source` is gone. */
  merge(target: string, source: string): void {
    const [into, from] = [findIncident(this.#ports, target), findIncident(this.#ports, source)];
    if (into === null || from === null || target === source) return;
    for (const alert of alertsOfIncident(this.#ports, source, MAX_MOVED)) this.#place(alert, target);
    this.arrivals.delete(source);
    // Of alerts that are forgotten only the membership is left.
    this.#ports.database.run("UPDATE incident_alerts SET incident_id = ? WHERE incident_id = ?", target, source);
    this.#ports.database.run("DELETE FROM incidents WHERE id = ?", source);
    const openCount = into.openCount + from.openCount;
    saveIncident(this.#ports, {
      ...into,
      startedAt: Math.min(into.startedAt, from.startedAt),
      newestAt: Math.max(into.newestAt, from.newestAt),
      resolvedAt: openCount > 0 ? null : Math.max(into.resolvedAt ?? 0, from.resolvedAt ?? 0),
      alertCount: into.alertCount + from.alertCount,
      openCount,
      considered: [...new Set([...into.considered, ...from.considered])],
      notes: [...into.notes, ...from.notes].toSorted((left, right) => left.at - right.at),
      title: into.title ?? from.title,
      postMortem: [into.postMortem, from.postMortem].filter((text) => text !== null).join("\n\n") || null,
    });
  }

  /** Takes alerts of one incident into another that begins with them. */
  split(source: StoredIncident, alerts: readonly StoredAlert[]): StoredIncident | null {
    const [first, ...others] = alerts;
    if (first === undefined) return null;
    const open = alerts.filter(this.#isCountedOpen).length;
    const gone = new Set(alerts.map(({ id }) => id));
    const left = alertsOfIncident(this.#ports, source.id, MAX_MOVED).filter(({ id }) => !gone.has(id));
    const openCount = Math.max(0, source.openCount - open);
    saveIncident(this.#ports, {
      ...source,
      startedAt: Math.min(...left.map(firedAt)),
      newestAt: Math.max(...left.map(firedAt)),
      resolvedAt: openCount > 0 ? null : Math.max(...left.map(({ resolvedAt }) => resolvedAt ?? 0)),
      alertCount: source.alertCount - alerts.length,
      openCount,
      considered: source.considered.filter((id) => !gone.has(id)),
    });
    const incident = this.begin(first);
    for (const alert of others) this.join(incident.id, alert);
    return incident;
  }
}
