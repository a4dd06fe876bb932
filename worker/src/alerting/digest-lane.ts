/** Which groups of a channel are told together, and in which order what they have to say goes: tables `folded_groups` and `digest_alerts`. */
import { stableHash } from "@sightline/shared/alerting/alert-state";
import { groupKeyOf } from "@sightline/shared/alerting/route-tree";
import type { SqlDatabase } from "../storage/sql-database.ts";
import type { Channel } from "./channel.ts";
import type { GroupNotification } from "./group-notification.ts";

/** The route of a group; null for what no route made, such as the summary of a silence. */
export function routeOf({ groupKey, groupLabels }: GroupNotification): string | null {
  const labels = groupKeyOf({ path: "" }, groupLabels);
  return groupKey.endsWith(labels) ? groupKey.slice(0, -labels.length) : null;
}

/** Whether a group must be told with others: until the digest that speaks of it has arrived, or, of an alert that is kept elsewhere, until it is over. */
export function laneOf(database: SqlDatabase, { receiver, integration }: Channel, groupKey: string): string | null {
  const [row] = database.all<{ lane: string }>(
    "SELECT lane FROM folded_groups WHERE receiver = ? AND integration = ? AND group_key = ?",
    receiver,
    integration,
    groupKey,
  );
  return row?.lane ?? null;
}

export function bindToLane(database: SqlDatabase, { receiver, integration }: Channel, groupKey: string, lane: string, open: boolean): void {
  database.run(
    "INSERT OR REPLACE INTO folded_groups (receiver, integration, group_key, lane, open) VALUES (?, ?, ?, ?, ?)",
    receiver,
    integration,
    groupKey,
    lane,
    open ? 1 : 0,
  );
}

/** Whether something that a lane told of fires still. */
export function isLaneOpen(database: SqlDatabase, { receiver, integration }: Channel, lane: string): boolean {
  const open = "SELECT 1 FROM folded_groups WHERE receiver = ? AND integration = ? AND lane = ? AND open = 1 LIMIT 1";
  return database.all(open, receiver, integration, lane).length > 0;
}

/** What a lane's keys have in common, by which its last digest is found in the log. */
export const keyPrefixOf = (lane: string): string => `digest-${stableHash(lane)}-`;

/** Inside the transaction that settled a digest for good: when nothing of its lane waits, its groups speak for themselves again. */
export function releaseLane(
  database: SqlDatabase,
  digest: Channel & { readonly id: number; readonly groupKey: string },
  keepsAlerts: boolean,
): void {
  const { id, receiver, integration, groupKey: lane } = digest;
  database.run("DELETE FROM digest_alerts WHERE digest = ?", id);
  const waits = database.all(
    `SELECT 1 FROM outbox INDEXED BY outbox_waiting
     WHERE receiver = ? AND integration = ? AND group_key = ? AND id <> ? AND due_at < 8640000000000000 LIMIT 1`,
    receiver,
    integration,
    lane,
    id,
  );
  if (waits.length > 0 || (keepsAlerts && isLaneOpen(database, digest, lane))) return;
  database.run("DELETE FROM folded_groups WHERE receiver = ? AND integration = ? AND lane = ?", receiver, integration, lane);
}
