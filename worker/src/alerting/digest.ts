/** What a digest says: counts by severity and name, the gravest alerts, and how many were over before anybody could be told. */
import { SEVERITIES } from "@sightline/shared/model/alert";
import type { SqlDatabase } from "../storage/sql-database.ts";
import { isLaneOpen } from "./digest-lane.ts";
import type { GroupNotification } from "./group-notification.ts";
import { type OutboxRow, notificationOf } from "./outbox.ts";

const NAMES = 5;

interface Counts {
  /** Gravest first: `9 warning, 1 info`. */
  readonly severities: string;
  readonly alerts: number;
  readonly groups: number;
  /** The most frequent: `DiskFull ×3, Down and 4 more names`. */
  readonly names: string;
}

function countsOf(database: SqlDatabase, digest: number, state: "firing" | "resolved" | "over"): Counts {
  const bySeverity = database.all<{ severity: number; count: number }>(
    "SELECT severity, count(*) AS count FROM digest_alerts WHERE digest = ? AND state = ? GROUP BY severity ORDER BY severity DESC",
    digest,
    state,
  );
  const byName = database.all<{ name: string; count: number }>(
    "SELECT name, count(*) AS count FROM digest_alerts WHERE digest = ? AND state = ? GROUP BY name ORDER BY count DESC, name LIMIT ?",
    digest,
    state,
    NAMES,
  );
  const [{ names, groups } = { names: 0, groups: 0 }] = database.all<{ names: number; groups: number }>(
    "SELECT count(DISTINCT name) AS names, count(DISTINCT group_key) AS groups FROM digest_alerts WHERE digest = ? AND state = ?",
    digest,
    state,
  );
  const shown = byName.map(({ name, count }) => (count === 1 ? name : `${name} ×${count}`)).join(", ");
  const left = names - byName.length;
  return {
    severities: bySeverity.map(({ severity, count }) => `${count} ${SEVERITIES[severity] ?? "info"}`).join(", "),
    alerts: bySeverity.reduce((sum, { count }) => sum + count, 0),
    groups,
    names: left > 0 ? `${shown} and ${left} more ${left === 1 ? "name" : "names"}` : shown,
  };
}

const counted = (count: number, thing: string): string => `${count} ${thing}${count === 1 ? "" : "s"}`;

/** The words of a digest that was not tried yet; `keepsAlerts`: the receiver has one alert of its own for all that the lane told of. */
export function composeDigest(database: SqlDatabase, row: OutboxRow, keepsAlerts: boolean): GroupNotification {
  const given = notificationOf(row);
  const firing = countsOf(database, row.id, "firing");
  const resolved = countsOf(database, row.id, "resolved");
  const over = countsOf(database, row.id, "over");
  const overIds = new Set(
    database
      .all<{ id: string }>("SELECT alert_id AS id FROM digest_alerts WHERE digest = ? AND state = 'over'", row.id)
      .map(({ id }) => id),
  );
  const told = firing.alerts + resolved.alerts;
  const alerts = told === 0 ? given.alerts : given.alerts.filter(({ id }) => !overIds.has(id));
  const total = (told === 0 ? over.alerts : told) + given.truncatedAlerts;
  const sentences: string[] = [];
  if (firing.alerts > 0) {
    const what = `${counted(firing.alerts, "alert")} of ${counted(firing.groups, "group")}`;
    sentences.push(`Too much fires for a message each, so this one tells of ${what}: ${firing.severities}; ${firing.names}.`);
  }
  if (resolved.alerts > 0) sentences.push(`${counted(resolved.alerts, "alert")} resolved: ${resolved.names}.`);
  if (over.alerts > 0) {
    sentences.push(
      `${counted(over.alerts, "alert")} fired and ${over.alerts === 1 ? "was" : "were"} over before this could be told: ${over.names}.`,
    );
  }
  const title = [
    ...(firing.alerts > 0 ? [`${counted(firing.alerts, "alert")} (${firing.severities})`] : []),
    ...(resolved.alerts > 0 ? [`${resolved.alerts} resolved`] : []),
    ...(over.alerts > 0 ? [`${over.alerts} over before told`] : []),
  ].join(", ");
  const isFiring = firing.alerts > 0 || (keepsAlerts && isLaneOpen(database, row, row.groupKey));
  return {
    ...given,
    status: isFiring ? "firing" : "resolved",
    alerts,
    truncatedAlerts: Math.max(0, total - alerts.length),
    remark: [...sentences, ...(given.remark === undefined ? [] : [given.remark])].join(" "),
    digest: title,
  };
}
