import type { DeadLetter } from "@sightline/shared/api/receiver-responses";
import type { SqlDatabase } from "../storage/sql-database.ts";
import { notificationOf } from "./outbox.ts";

/** Newest first. */
export function readDeadLetters(database: SqlDatabase, limit: number): readonly DeadLetter[] {
  return database
    .all<{
      id: number;
      key: string;
      receiver: string;
      integration: number;
      group_key: string;
      body: string;
      attempts: number;
      created_at: number;
      buried_at: number | null;
      error: string | null;
    }>(
      `SELECT id, key, receiver, integration, group_key, body, attempts, created_at, buried_at, error
       FROM outbox WHERE due_at >= 8640000000000000 ORDER BY buried_at DESC, id DESC LIMIT ?`,
      limit,
    )
    .map(({ group_key: groupKey, created_at: createdAt, buried_at: buriedAt, error, body, ...row }) => {
      const { groupLabels, status, alerts } = notificationOf({ ...row, groupKey, createdAt, body, isDigest: false });
      const { id, key, receiver, integration, attempts } = row;
      return {
        id,
        key,
        receiver,
        integration,
        attempts,
        error: error ?? "",
        createdAt,
        buriedAt: buriedAt ?? createdAt,
        groupLabels,
        status,
        alerts: alerts.map((alert) => alert.name),
      };
    });
}

/** Whom a dead letter was for; null when there is no such letter. */
export function receiverOfDeadLetter(database: SqlDatabase, id: number): string | null {
  const [row] = database.all<{ receiver: string }>("SELECT receiver FROM outbox WHERE id = ? AND due_at >= 8640000000000000", id);
  return row?.receiver ?? null;
}

/** Back among what waits, with another day to arrive. It counts as tried: it may have arrived under its key. */
export function retryDeadLetter(database: SqlDatabase, id: number, nowMs: number): void {
  database.run("UPDATE outbox SET due_at = ?, created_at = ?, buried_at = NULL, attempts = 1 WHERE id = ?", nowMs, nowMs, id);
}

export function discardDeadLetter(database: SqlDatabase, id: number): void {
  database.run("DELETE FROM outbox WHERE id = ?", id);
}
