import type { SqlDatabase } from "../storage/sql-database.ts";
import type { GroupNotification } from "./group-notification.ts";
import type { Notification } from "./notification.ts";

/** Beyond every clock: a row that is kept to be seen but not tried again. */
const NEVER = 8_640_000_000_000_000;

export interface OutboxRow {
  readonly id: number;
  readonly notification: Notification;
  readonly attempts: number;
  readonly createdAt: number;
}

/** Inside the transaction of the change that is the news: what is in here will be delivered at least once. */
export function enqueue(database: SqlDatabase, notifications: readonly Notification[], nowMs: number): void {
  for (const notification of notifications) {
    const { key, receiver, alert } = notification;
    database.run("INSERT OR IGNORE INTO notified (key, at) VALUES (?, ?)", key, nowMs);
    // While a receiver is being waited for, new news waits behind the old.
    const [{ waiting } = { waiting: null }] = database.all<{ waiting: number | null }>(
      "SELECT max(due_at) AS waiting FROM outbox WHERE receiver = ? AND due_at < ?",
      receiver,
      NEVER,
    );
    database.run(
      "INSERT OR IGNORE INTO outbox (key, receiver, alert_id, body, attempts, due_at, created_at) VALUES (?, ?, ?, ?, 0, ?, ?)",
      key,
      receiver,
      alert.id,
      JSON.stringify(notification),
      Math.max(nowMs, waiting ?? 0),
      nowMs,
    );
  }
}

/** What receivers are told of groups, inside the transaction that flushed them: one row an alert, as receivers take them. */
export function enqueueGroups(database: SqlDatabase, groups: readonly GroupNotification[], nowMs: number): void {
  for (const { key, receiver, alerts } of groups) {
    const news = alerts.map((alert): Notification => ({
      key: `${key}/${alert.id}`,
      receiver,
      kind: alert.state === "resolved" ? "resolved" : "firing",
      alert,
      previous: null,
    }));
    enqueue(database, news, nowMs);
  }
}

/** Oldest first, so that each receiver hears of an alert in order. */
export function dueRows(database: SqlDatabase, nowMs: number, limit: number): readonly OutboxRow[] {
  return database
    .all<{ id: number; body: string; attempts: number; created_at: number }>(
      "SELECT id, body, attempts, created_at FROM outbox WHERE due_at <= ? ORDER BY id LIMIT ?",
      nowMs,
      limit,
    )
    .map((row) => ({ id: row.id, notification: JSON.parse(row.body) as Notification, attempts: row.attempts, createdAt: row.created_at }));
}

export function markDelivered(database: SqlDatabase, rows: readonly OutboxRow[]): void {
  for (const row of rows) database.run("DELETE FROM outbox WHERE id = ?", row.id);
}

/** The receiver as a whole waits, so that nothing overtakes what failed. */
export function postpone(database: SqlDatabase, failed: OutboxRow, untilMs: number, error: string): void {
  database.transaction(() => {
    database.run("UPDATE outbox SET attempts = attempts + 1, error = ? WHERE id = ?", error, failed.id);
    database.run("UPDATE outbox SET due_at = ? WHERE receiver = ? AND due_at < ?", untilMs, failed.notification.receiver, untilMs);
  });
}

/** The receiver refused it for good, or it grew too old: kept as a dead letter, not tried again. */
export function bury(database: SqlDatabase, row: OutboxRow, error: string): void {
  database.run("UPDATE outbox SET due_at = ?, error = ? WHERE id = ?", NEVER, error, row.id);
}

export function nextDueAt(database: SqlDatabase): number | null {
  return database.all<{ at: number | null }>("SELECT min(due_at) AS at FROM outbox WHERE due_at < ?", NEVER)[0]?.at ?? null;
}
