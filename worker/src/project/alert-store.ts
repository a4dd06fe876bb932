import type { Alert, AlertStatus, AlertTransition } from "@sightline/shared/model/alert";
import { type StoredAlert, alertIdOf, fingerprintOf, heldWhileFiring, nextChangeAt, stepAlert } from "./alert-lifecycle.ts";
import type { ProjectPorts } from "./project-ports.ts";

const KEEP_RESOLVED_MS = 90 * 86_400_000;
const KEEP_RECEIVED_MS = 7 * 86_400_000;
/** Episodes of one rule on one label set; a flapping one would fill the project otherwise. */
const KEEP_EPISODES = 200;
/** Resolved alerts that a look back over a silence takes in. */
const MAX_LOOKED_BACK = 10_000;

/** What happened to an alert; `previous` is null when it is new. */
export interface AlertChange {
  readonly alert: StoredAlert;
  readonly previous: AlertStatus | null;
  /** The step of its rule that did it; absent where a person or time did. */
  readonly transition?: AlertTransition;
}

type AlertRow = { body: string };

/** What rows written before it was known lack. */
const LATER_FIELDS = { fingerprint: "", acknowledgedNote: null, snoozedUntil: null, note: null, triggerCount: 1, escalated: null };

/** Bodies are what saveAlert() wrote. */
export function parseAlert({ body }: AlertRow): StoredAlert {
  const alert: StoredAlert = { ...LATER_FIELDS, ...(JSON.parse(body) as StoredAlert) };
  return alert.fingerprint === "" ? { ...alert, fingerprint: fingerprintOf(alert.id) } : alert;
}

export function findAlert(ports: ProjectPorts, id: string): StoredAlert | null {
  const [row] = ports.database.all<AlertRow>("SELECT body FROM alerts WHERE id = ?", id);
  return row === undefined ? null : parseAlert(row);
}

export function saveAlert(ports: ProjectPorts, alert: StoredAlert): void {
  ports.database.run(
    "INSERT OR REPLACE INTO alerts (id, state, active_at, fired_at, resolved_at, fingerprint, wake_at, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    alert.id,
    alert.state,
    alert.activeAt,
    alert.firedAt,
    alert.resolvedAt,
    alert.fingerprint,
    nextChangeAt(alert),
    JSON.stringify(heldWhileFiring(alert)),
  );
}

/** Episodes of a fingerprint, newest first. */
function episodesOf(ports: ProjectPorts, fingerprint: string, limit: number): readonly StoredAlert[] {
  return ports.database
    .all<AlertRow>("SELECT body FROM alerts WHERE fingerprint = ? ORDER BY active_at DESC LIMIT ?", fingerprint, limit)
    .map(parseAlert);
}

/** Alerts that were open at `sinceMs` or later. */
export function alertsSince(ports: ProjectPorts, sinceMs: number): readonly StoredAlert[] {
  return ports.database
    .all<AlertRow>(
      `SELECT body FROM alerts WHERE state IN ('pending', 'firing', 'acknowledged')
       UNION ALL SELECT body FROM (SELECT body FROM alerts WHERE resolved_at >= ? ORDER BY resolved_at DESC LIMIT ?)`,
      sinceMs,
      MAX_LOOKED_BACK,
    )
    .map(parseAlert);
}

function forgetOldEpisodes(ports: ProjectPorts, fingerprint: string): void {
  const old = ports.database.all<{ id: string }>(
    "SELECT id FROM alerts WHERE fingerprint = ? AND state = 'resolved' ORDER BY active_at DESC LIMIT -1 OFFSET ?",
    fingerprint,
    KEEP_EPISODES,
  );
  for (const { id } of old) {
    ports.database.run("DELETE FROM alerts WHERE id = ?", id);
    ports.database.run("DELETE FROM trace WHERE alert_id = ?", id);
  }
}

/** Counts the firing that begins with `alert` on top of those of the episode before. */
function counted(ports: ProjectPorts, alert: StoredAlert): StoredAlert {
  const before = episodesOf(ports, alert.fingerprint, 2).find(({ id }) => id !== alert.id);
  return { ...alert, triggerCount: (before?.triggerCount ?? 0) + 1 };
}

/** Inside a transaction: applies the transitions not seen before and returns what came of each. */
export function applyTransitions(ports: ProjectPorts, transitions: readonly AlertTransition[]): readonly AlertChange[] {
  const changes: AlertChange[] = [];
  for (const transition of transitions) {
    if (ports.database.all("SELECT 1 AS seen FROM received WHERE id = ?", transition.id).length > 0) continue;
    ports.database.run("INSERT INTO received (id, at) VALUES (?, ?)", transition.id, ports.now());
    const before = findAlert(ports, alertIdOf(transition));
    const stepped = stepAlert(before, transition);
    const alert = stepped.firedAt !== null && stepped.triggerCount === 0 ? counted(ports, stepped) : stepped;
    if (before === null) forgetOldEpisodes(ports, alert.fingerprint);
    saveAlert(ports, alert);
    changes.push({ alert, previous: before?.state ?? null, transition });
  }
  return changes;
}

/** Open alerts first, then resolved ones by time; alerts that never fired are gone once their condition is. */
export function listAlerts(
  ports: ProjectPorts,
  filter: { readonly states?: readonly Alert["state"][]; readonly fingerprint?: string; readonly limit: number },
): readonly StoredAlert[] {
  if (filter.fingerprint !== undefined) return episodesOf(ports, filter.fingerprint, filter.limit);
  const states = filter.states ?? ["pending", "firing", "acknowledged", "resolved"];
  if (states.length === 0) return [];
  const marks = states.map(() => "?").join(", ");
  return ports.database
    .all<AlertRow>(
      `SELECT body FROM alerts WHERE state IN (${marks}) AND (state <> 'resolved' OR fired_at IS NOT NULL)
       ORDER BY CASE state WHEN 'firing' THEN 0 WHEN 'acknowledged' THEN 1 WHEN 'pending' THEN 2 ELSE 3 END, coalesce(resolved_at, active_at) DESC LIMIT ?`,
      ...states,
      filter.limit,
    )
    .map(parseAlert);
}

/** Of those that fire the next by id. */
export const openAlertsAfter = (ports: ProjectPorts, id: string, limit: number): readonly StoredAlert[] =>
  ports.database
    .all<AlertRow>("SELECT body FROM alerts WHERE id > ? AND state IN ('firing', 'acknowledged') ORDER BY id LIMIT ?", id, limit)
    .map(parseAlert);

/** Inside a transaction: resolved alerts leave with their traces after 90 days, transition ids after 7, when no shard sends them again. */
export function pruneAlerts(ports: ProjectPorts): void {
  const { database } = ports;
  const now = ports.now();
  for (const { id } of database.all<{ id: string }>("SELECT id FROM alerts WHERE resolved_at < ?", now - KEEP_RESOLVED_MS)) {
    database.run("DELETE FROM alerts WHERE id = ?", id);
    database.run("DELETE FROM trace WHERE alert_id = ?", id);
  }
  database.run("DELETE FROM received WHERE at < ?", now - KEEP_RECEIVED_MS);
}
