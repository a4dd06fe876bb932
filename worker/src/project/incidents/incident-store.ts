import type { IncidentNote } from "@sightline/shared/api/incident-responses";
import type { Severity } from "@sightline/shared/model/alert";
import type { Labels } from "@sightline/shared/model/labels";
import type { StoredAlert } from "../alert-lifecycle.ts";
import { parseAlert } from "../alert-store.ts";
import type { ProjectPorts } from "../project-ports.ts";

/** What is probably behind an incident, as it was worked out last: the topology of then may be forgotten now. */
export interface StoredCause {
  readonly alert: { readonly id: string; readonly name: string; readonly severity: Severity; readonly labels: Labels };
  readonly deployId: string | null;
  readonly reason: string;
}

interface IncidentBody {
  readonly cause: StoredCause | null;
  /** Alerts that the cause is worked out from: the first ones, and those that say that something is down. */
  readonly considered: readonly string[];
  readonly notes: readonly IncidentNote[];
  /** As people call it; null while it is named after its cause. */
  readonly title: string | null;
  readonly postMortem: string | null;
}

export interface StoredIncident extends IncidentBody {
  readonly id: string;
  /** Ms, of its first alert. */
  readonly startedAt: number;
  /** Ms, of its newest alert. */
  readonly newestAt: number;
  readonly resolvedAt: number | null;
  readonly alertCount: number;
  readonly openCount: number;
}

type IncidentRow = {
  id: string;
  started_at: number;
  newest_at: number;
  resolved_at: number | null;
  alerts: number;
  open: number;
  body: string;
};

const COLUMNS = "i.id, i.started_at, i.newest_at, i.resolved_at, i.alerts, i.open, i.body";
const parse = ({ id, started_at, newest_at, resolved_at, alerts, open, body }: IncidentRow): StoredIncident => ({
  // Bodies are what saveIncident() wrote.
  ...(JSON.parse(body) as IncidentBody),
  id,
  startedAt: started_at,
  newestAt: newest_at,
  resolvedAt: resolved_at,
  alertCount: alerts,
  openCount: open,
});

export function saveIncident(ports: ProjectPorts, incident: StoredIncident): void {
  const { id, startedAt, newestAt, resolvedAt, alertCount, openCount, cause, considered, notes, title, postMortem } = incident;
  ports.database.run(
    "INSERT OR REPLACE INTO incidents (id, started_at, newest_at, resolved_at, alerts, open, body) VALUES (?, ?, ?, ?, ?, ?, ?)",
    id,
    startedAt,
    newestAt,
    resolvedAt,
    alertCount,
    openCount,
    JSON.stringify({ cause, considered, notes, title, postMortem } satisfies IncidentBody),
  );
}

export function findIncident(ports: ProjectPorts, id: string): StoredIncident | null {
  const [row] = ports.database.all<IncidentRow>(`SELECT ${COLUMNS} FROM incidents i WHERE i.id = ?`, id);
  return row === undefined ? null : parse(row);
}

export function incidentOfAlert(ports: ProjectPorts, alertId: string): StoredIncident | null {
  const [row] = ports.database.all<IncidentRow>(
    `SELECT ${COLUMNS} FROM incident_alerts a JOIN incidents i ON i.id = a.incident_id WHERE a.alert_id = ?`,
    alertId,
  );
  return row === undefined ? null : parse(row);
}

export interface IncidentFilter {
  readonly state?: "open" | "resolved";
  /** Those that were open at some time between these, ms. */
  readonly startMs?: number;
  readonly endMs?: number;
  readonly limit: number;
}

/** Those whose newest alert is the youngest first. */
export function listIncidents(ports: ProjectPorts, { state, startMs, endMs, limit }: IncidentFilter): readonly StoredIncident[] {
  const where = state === "open" ? "i.resolved_at IS NULL" : state === "resolved" ? "i.resolved_at IS NOT NULL" : "1 = 1";
  return ports.database
    .all<IncidentRow>(
      `SELECT ${COLUMNS} FROM incidents i WHERE ${where} AND coalesce(i.resolved_at, ?) >= ? AND i.started_at <= ?
       ORDER BY i.newest_at DESC, i.id LIMIT ?`,
      Number.MAX_SAFE_INTEGER,
      startMs ?? 0,
      endMs ?? Number.MAX_SAFE_INTEGER,
      limit,
    )
    .map(parse);
}

/** The first to fire first. */
export function alertsOfIncident(ports: ProjectPorts, id: string, limit: number): readonly StoredAlert[] {
  return ports.database
    .all<{ body: string }>(
      `SELECT a.body FROM incident_alerts i JOIN alerts a ON a.id = i.alert_id WHERE i.incident_id = ?
       ORDER BY a.fired_at, a.id LIMIT ?`,
      id,
      limit,
    )
    .map(parseAlert);
}

export function alertsById(ports: ProjectPorts, ids: readonly string[]): readonly StoredAlert[] {
  return ports.database
    .all<{ body: string }>("SELECT body FROM alerts WHERE id IN (SELECT value FROM json_each(?))", JSON.stringify(ids))
    .map(parseAlert);
}

const KEEP_MS = 90 * 86_400_000;
const MAX_INCIDENTS = 5000;

/** Inside a transaction: resolved ones leave after 90 days, and the oldest of them beyond the bound. */
export function pruneIncidents(ports: ProjectPorts): void {
  const { database } = ports;
  const [over] = database.all<{ resolved_at: number }>(
    "SELECT resolved_at FROM incidents WHERE resolved_at IS NOT NULL ORDER BY resolved_at DESC LIMIT 1 OFFSET ?",
    MAX_INCIDENTS,
  );
  const before = Math.max(ports.now() - KEEP_MS, (over?.resolved_at ?? -1) + 1);
  database.run("DELETE FROM incident_alerts WHERE incident_id IN (SELECT id FROM incidents WHERE resolved_at < ?)", before);
  database.run("DELETE FROM incidents WHERE resolved_at < ?", before);
}
