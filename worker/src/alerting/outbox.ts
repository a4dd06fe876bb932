import type { SqlDatabase } from "../storage/sql-database.ts";
import { type Channel, channelKey } from "./channel.ts";
import { logDelivery } from "./delivery-log.ts";
import type { GroupNotification } from "./group-notification.ts";
import { mergeNotifications } from "./merge-notifications.ts";
import { EDITOR, type Notification } from "./notification.ts";
import { groupOfOne } from "./single-alert-group.ts";

/** Beyond every clock: a row that is kept to be seen but not tried again. Literal in SQL, for the index of what waits names it. */
const NEVER = 8_640_000_000_000_000;

export interface OutboxRow extends Channel {
  readonly id: number;
  readonly key: string;
  /** What goes in order with it: its group, or the lane of a digest. */
  readonly groupKey: string;
  readonly body: string;
  /** It says what many groups had to say, in words that are chosen when it is first sent. */
  readonly isDigest: boolean;
  readonly attempts: number;
  readonly createdAt: number;
}

interface StoredRow extends Record<string, string | number | null> {
  id: number;
  key: string;
  receiver: string;
  integration: number;
  group_key: string;
  body: string;
  digest: number;
  attempts: number;
  created_at: number;
}

const COLUMNS = "id, key, receiver, integration, group_key, body, digest, attempts, created_at";

const rowOf = (row: StoredRow): OutboxRow => ({
  id: row.id,
  key: row.key,
  receiver: row.receiver,
  integration: row.integration,
  groupKey: row.group_key,
  body: row.body,
  isDigest: row.digest === 1,
  attempts: row.attempts,
  createdAt: row.created_at,
});

/** What an editor's row says. */
export const newsOf = (row: OutboxRow): Notification => JSON.parse(row.body) as Notification;

/** What a receiver's row says; rows from before groups said one alert each. */
export function notificationOf(row: OutboxRow): GroupNotification {
  const body = JSON.parse(row.body) as GroupNotification | Notification;
  return "alert" in body ? groupOfOne(body, row.integration, row.createdAt) : body;
}

/** When the youngest of a group is due. */
const YOUNGEST = `SELECT due_at FROM outbox INDEXED BY outbox_waiting
  WHERE receiver = ? AND integration = ? AND group_key = ? AND due_at < 8640000000000000 ORDER BY id DESC LIMIT 1`;

interface NewRow extends Channel {
  readonly key: string;
  readonly groupKey: string;
  readonly alertId: string;
  readonly body: string;
  /** Of SEVERITIES. */
  readonly severity: number;
  readonly digest?: boolean;
  /** Ms; absent: now. */
  readonly dueAt?: number;
}

/** What goes before something severe in its group goes as soon as that. */
function raiseSeverity(
  database: SqlDatabase,
  { receiver, integration, groupKey }: Channel & { readonly groupKey: string },
  severity: number,
): void {
  database.run(
    `UPDATE outbox INDEXED BY outbox_waiting SET severity = ?
     WHERE receiver = ? AND integration = ? AND group_key = ? AND severity < ? AND due_at < 8640000000000000`,
    severity,
    receiver,
    integration,
    groupKey,
    severity,
  );
}

/** Whatever is younger in a group is due no earlier: by when it is due, and then by age, a group goes in its order. */
export function insert(database: SqlDatabase, row: NewRow, nowMs: number): void {
  const { key, receiver, integration, groupKey, alertId, body, severity, digest = false, dueAt = nowMs } = row;
  if (severity > 0) raiseSeverity(database, row, severity);
  database.run(
    `INSERT OR IGNORE INTO outbox (key, receiver, integration, group_key, alert_id, body, severity, digest, attempts, due_at, created_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, max(?, coalesce((${YOUNGEST}), 0)), ?)`,
    key,
    receiver,
    integration,
    groupKey,
    alertId,
    body,
    severity,
    digest ? 1 : 0,
    dueAt,
    receiver,
    integration,
    groupKey,
    nowMs,
  );
}

/** News for the editor, inside the transaction of the change that is the news: what is in here will be delivered at least once. */
export function enqueue(database: SqlDatabase, notifications: readonly Notification[], nowMs: number): void {
  for (const notification of notifications) {
    const { key, receiver, alert } = notification;
    insert(
      database,
      { key, receiver, integration: 0, groupKey: "", alertId: alert.id, body: JSON.stringify(notification), severity: 0 },
      nowMs,
    );
  }
}

/**
 * From `many` on, messages of a group that nobody tried to send become one in the place of the first, which says the
 * newest of every alert; the log names those taken in. What was tried stays as it is: it may have arrived under its key.
 */
export function mergeWaiting(database: SqlDatabase, channel: Channel, groupKey: string, many: number, nowMs: number): void {
  const rows = database
    .all<StoredRow>(
      `SELECT ${COLUMNS} FROM outbox INDEXED BY outbox_waiting
       WHERE receiver = ? AND integration = ? AND group_key = ? AND attempts = 0 AND due_at < 8640000000000000 ORDER BY id`,
      channel.receiver,
      channel.integration,
      groupKey,
    )
    .map(rowOf);
  const [first, ...rest] = rows;
  if (first === undefined || rest.length === 0 || rows.length < many) return;
  const merged = rest.map(notificationOf).reduce(mergeNotifications, notificationOf(first));
  database.transaction(() => {
    for (const { id } of rest) database.run("DELETE FROM outbox WHERE id = ?", id);
    database.run("UPDATE outbox SET key = ?, body = ? WHERE id = ?", merged.key, JSON.stringify(merged), first.id);
    for (const { key, receiver, integration, attempts } of rows.slice(0, -1)) {
      const entry = { at: nowMs, key, receiver, integration, type: "", status: null, attempts, durationMs: 0 };
      logDelivery(database, { ...entry, outcome: "merged", error: "said by a later message of its group, which waited with it" });
    }
  });
}

/** What waits of a group by itself and was never tried; nothing when something of it was, for that goes first. */
export function untriedRows(database: SqlDatabase, { receiver, integration }: Channel, groupKey: string): readonly OutboxRow[] {
  const rows = database
    .all<StoredRow>(
      `SELECT ${COLUMNS} FROM outbox INDEXED BY outbox_waiting
       WHERE receiver = ? AND integration = ? AND group_key = ? AND due_at < 8640000000000000 ORDER BY id`,
      receiver,
      integration,
      groupKey,
    )
    .map(rowOf);
  return rows.some(({ attempts, isDigest }) => attempts > 0 || isDigest) ? [] : rows;
}

/** Groups of which `untriedRows` has something, with their gravest. */
export function untriedGroups(
  database: SqlDatabase,
  { receiver, integration }: Channel,
): readonly { readonly groupKey: string; readonly severity: number }[] {
  return database
    .all<{ group_key: string; severity: number }>(
      `SELECT group_key, max(severity) AS severity FROM outbox INDEXED BY outbox_waiting
       WHERE receiver = ? AND integration = ? AND due_at < 8640000000000000 GROUP BY group_key HAVING max(attempts) = 0 AND max(digest) = 0`,
      receiver,
      integration,
    )
    .map(({ group_key: groupKey, severity }) => ({ groupKey, severity }));
}

/** The digest of a lane that takes more in; null when there is none that was not tried. */
export function openDigest(database: SqlDatabase, { receiver, integration }: Channel, lane: string): OutboxRow | null {
  const [row] = database.all<StoredRow>(
    `SELECT ${COLUMNS} FROM outbox INDEXED BY outbox_waiting
     WHERE receiver = ? AND integration = ? AND group_key = ? AND digest = 1 AND attempts = 0 AND due_at < 8640000000000000 LIMIT 1`,
    receiver,
    integration,
    lane,
  );
  return row === undefined ? null : rowOf(row);
}

/** Whether some digest of the channel takes more in. */
export function hasOpenDigest(database: SqlDatabase, { receiver, integration }: Channel): boolean {
  const open = `SELECT 1 FROM outbox INDEXED BY outbox_waiting
    WHERE receiver = ? AND integration = ? AND digest = 1 AND attempts = 0 AND due_at < 8640000000000000 LIMIT 1`;
  return database.all(open, receiver, integration).length > 0;
}

/** Inside the transaction that folded more into it; `hastenedAt` (ms): it need not wait for others, but goes after what was tried in its lane. */
export function updateDigest(database: SqlDatabase, row: OutboxRow, body: string, severity: number, hastenedAt: number | null): void {
  database.run("UPDATE outbox SET body = ? WHERE id = ?", body, row.id);
  if (severity > 0) raiseSeverity(database, row, severity);
  if (hastenedAt === null) return;
  database.run(
    `UPDATE outbox SET due_at = max(?, coalesce((SELECT max(b.due_at) FROM outbox b INDEXED BY outbox_waiting
       WHERE b.receiver = ? AND b.integration = ? AND b.group_key = ? AND b.id <> ? AND b.due_at < 8640000000000000), 0)) WHERE id = ?`,
    hastenedAt,
    row.receiver,
    row.integration,
    row.groupKey,
    row.id,
    row.id,
  );
}

/** Before a digest is first sent: its words are settled. */
export function settleWords(database: SqlDatabase, row: OutboxRow, body: string): void {
  database.run("UPDATE outbox SET body = ? WHERE id = ?", body, row.id);
}

/** Groups of which the channel has more than one message waiting. */
export function waitingGroups(database: SqlDatabase, { receiver, integration }: Channel): readonly string[] {
  return database
    .all<{ group_key: string }>(
      "SELECT group_key FROM outbox WHERE receiver = ? AND integration = ? AND due_at < 8640000000000000 GROUP BY group_key HAVING count(*) > 1",
      receiver,
      integration,
    )
    .map((row) => row.group_key);
}

/** When each channel that has something to send may send it, ms. */
export function channelTimes(database: SqlDatabase): readonly (Channel & { readonly at: number })[] {
  return database
    .all<{ receiver: string; integration: number; at: number }>(
      `SELECT o.receiver, o.integration, max(min(o.due_at), coalesce(c.not_before, 0)) AS at
       FROM outbox o LEFT JOIN channels c ON c.receiver = o.receiver AND c.integration = o.integration
       WHERE o.due_at < 8640000000000000 GROUP BY o.receiver, o.integration`,
    )
    .map(({ receiver, integration, at }) => ({ receiver, integration, at }));
}

/** When the outbox needs the object next, ms, but for channels that are at work. */
export function nextDueAt(database: SqlDatabase, busy: ReadonlySet<string> = new Set()): number | null {
  const times = channelTimes(database).filter((channel) => !busy.has(channelKey(channel)));
  return times.length === 0 ? null : Math.min(...times.map(({ at }) => at));
}

/** What a channel sends next: the gravest, and of these what has waited longest since it was due. */
export function nextRow(database: SqlDatabase, { receiver, integration }: Channel, nowMs: number): OutboxRow | null {
  const [row] = database.all<StoredRow>(
    `SELECT ${COLUMNS} FROM outbox
     WHERE receiver = ? AND integration = ? AND due_at <= ? AND due_at < 8640000000000000 ORDER BY severity DESC, due_at, id LIMIT 1`,
    receiver,
    integration,
    nowMs,
  );
  return row === undefined ? null : rowOf(row);
}

/** All that waits for the editor, oldest first: its order holds over all alerts. */
export function editorRows(database: SqlDatabase, limit: number): readonly OutboxRow[] {
  return database
    .all<StoredRow>(`SELECT ${COLUMNS} FROM outbox WHERE receiver = ? AND due_at < 8640000000000000 ORDER BY id LIMIT ?`, EDITOR, limit)
    .map(rowOf);
}

export function markDelivered(database: SqlDatabase, rows: readonly OutboxRow[]): void {
  for (const row of rows) database.run("DELETE FROM outbox WHERE id = ?", row.id);
}

/** Before it is sent: from now on it may have arrived, so that nothing is merged into it. */
export function beginAttempt(database: SqlDatabase, row: OutboxRow): void {
  database.run("UPDATE outbox SET attempts = attempts + 1 WHERE id = ?", row.id);
}

/** Its group waits with it. */
export function postpone(database: SqlDatabase, { id, receiver, integration, groupKey }: OutboxRow, untilMs: number, error: string): void {
  database.run("UPDATE outbox SET error = ? WHERE id = ?", error, id);
  database.run(
    `UPDATE outbox INDEXED BY outbox_waiting SET due_at = ?
     WHERE receiver = ? AND integration = ? AND group_key = ? AND due_at < ? AND due_at < 8640000000000000`,
    untilMs,
    receiver,
    integration,
    groupKey,
    untilMs,
  );
}

/** A receiver that is back is told at once what waited for it. */
export function hasten(database: SqlDatabase, { receiver, integration }: Channel, nowMs: number): void {
  database.run(
    "UPDATE outbox SET due_at = ? WHERE receiver = ? AND integration = ? AND due_at > ? AND due_at < 8640000000000000",
    nowMs,
    receiver,
    integration,
    nowMs,
  );
}

/** Everything that waits for a receiver is due. */
export function hastenReceiver(database: SqlDatabase, receiver: string, nowMs: number): void {
  database.run("UPDATE outbox SET due_at = ? WHERE receiver = ? AND due_at > ? AND due_at < 8640000000000000", nowMs, receiver, nowMs);
}

/** Takes away what waits for a receiver and its dead letters; returns how many. */
export function forgetMessages(database: SqlDatabase, receiver: string): number {
  const [{ count } = { count: 0 }] = database.all<{ count: number }>("SELECT count(*) AS count FROM outbox WHERE receiver = ?", receiver);
  database.run("DELETE FROM folded_groups WHERE receiver = ?", receiver);
  database.run("DELETE FROM digest_alerts WHERE digest IN (SELECT id FROM outbox WHERE receiver = ? AND digest = 1)", receiver);
  if (count > 0) database.run("DELETE FROM outbox WHERE receiver = ?", receiver);
  return count;
}

/** The receiver refused it for good, or it grew too old: kept as a dead letter, not tried again. */
export function bury(database: SqlDatabase, row: OutboxRow, error: string, nowMs: number): void {
  database.run("UPDATE outbox SET due_at = ?, error = ?, buried_at = ? WHERE id = ?", NEVER, error, nowMs, row.id);
}
