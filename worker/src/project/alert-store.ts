import type { Alert, AlertStatus, AlertTransition } from "@sightline/shared/model/alert";
import type { Principal } from "@sightline/shared/model/principal";
import { type Result, fail, ok } from "@sightline/shared/model/result";
import { type StoredAlert, alertIdOf, stepAlert } from "./alert-lifecycle.ts";
import { actorOf, recordAudit } from "./audit-log.ts";
import type { ProjectPorts } from "./project-ports.ts";

const KEEP_RESOLVED_MS = 90 * 86_400_000;
const KEEP_RECEIVED_MS = 7 * 86_400_000;

/** What happened to an alert; `previous` is null when it is new. */
export interface AlertChange {
  readonly alert: StoredAlert;
  readonly previous: AlertStatus | null;
}

type AlertRow = { body: string };

// Bodies are what save() wrote.
const parse = (row: AlertRow): StoredAlert => JSON.parse(row.body) as StoredAlert;

export function findAlert(ports: ProjectPorts, id: string): StoredAlert | null {
  const [row] = ports.database.all<AlertRow>("SELECT body FROM alerts WHERE id = ?", id);
  return row === undefined ? null : parse(row);
}

function save(ports: ProjectPorts, alert: StoredAlert): void {
  ports.database.run(
    "INSERT OR REPLACE INTO alerts (id, state, active_at, fired_at, resolved_at, body) VALUES (?, ?, ?, ?, ?, ?)",
    alert.id,
    alert.state,
    alert.activeAt,
    alert.firedAt,
    alert.resolvedAt,
    JSON.stringify(alert),
  );
}

/** Inside a transaction: applies the transitions not seen before and returns what changed. */
export function applyTransitions(ports: ProjectPorts, transitions: readonly AlertTransition[]): readonly AlertChange[] {
  const changes: AlertChange[] = [];
  for (const transition of transitions) {
    if (ports.database.all("SELECT 1 AS seen FROM received WHERE id = ?", transition.id).length > 0) continue;
    ports.database.run("INSERT INTO received (id, at) VALUES (?, ?)", transition.id, ports.now());
    const before = findAlert(ports, alertIdOf(transition));
    const alert = stepAlert(before, transition);
    save(ports, alert);
    if (alert.state !== before?.state) changes.push({ alert, previous: before?.state ?? null });
  }
  return changes;
}

/** Open alerts first, then resolved ones by time; alerts that never fired are gone once their condition is. */
export function listAlerts(
  ports: ProjectPorts,
  filter: { readonly states?: readonly Alert["state"][]; readonly limit: number },
): readonly StoredAlert[] {
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
    .map(parse);
}

const unknown = (id: string): Result<never> => fail("not_found", `There is no alert ${JSON.stringify(id)}; GET /v1/alerts lists them.`);

/** Inside a transaction. Acknowledging twice keeps the first. Codes: `not_found`, `conflict`. */
export function acknowledgeAlert(ports: ProjectPorts, by: Principal, id: string, note: string | null): Result<AlertChange> {
  const before = findAlert(ports, id);
  if (before === null) return unknown(id);
  if (before.state === "acknowledged") return ok({ alert: before, previous: "acknowledged" });
  if (before.state !== "firing")
    return fail("conflict", `This alert is ${before.state}; only a firing one can be acknowledged. Nothing was changed.`);
  const alert: StoredAlert = { ...before, state: "acknowledged", acknowledgedBy: actorOf(by), acknowledgedAt: ports.now() };
  save(ports, alert);
  recordAudit(ports, by, "alert.acknowledge", `${alert.name} (${id})${note === null || note === "" ? "" : `: ${note}`}`);
  return ok({ alert, previous: before.state });
}

/** Inside a transaction. Codes: `not_found`, `conflict`. */
export function resolveAlert(ports: ProjectPorts, by: Principal, id: string): Result<AlertChange> {
  const before = findAlert(ports, id);
  if (before === null) return unknown(id);
  if (before.state === "resolved") return fail("conflict", "This alert is resolved already. Nothing was changed.");
  const alert: StoredAlert = { ...before, state: "resolved", resolvedAt: ports.now() };
  save(ports, alert);
  recordAudit(ports, by, "alert.resolve", `${alert.name} (${id}) by hand`);
  return ok({ alert, previous: before.state });
}

/** Forgets resolved alerts after 90 days and transition ids after 7, when no shard sends them again. */
export function pruneAlerts(ports: ProjectPorts): void {
  const now = ports.now();
  ports.database.run("DELETE FROM alerts WHERE state = 'resolved' AND resolved_at < ?", now - KEEP_RESOLVED_MS);
  ports.database.run("DELETE FROM received WHERE at < ?", now - KEEP_RECEIVED_MS);
  ports.database.run("DELETE FROM notified WHERE at < ?", now - KEEP_RESOLVED_MS);
}
