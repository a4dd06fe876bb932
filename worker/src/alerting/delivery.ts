import type { WebhookReceiver } from "../objects/rpc.ts";
import type { SqlDatabase } from "../storage/sql-database.ts";
import { backoffMs } from "./backoff.ts";
import { EDITOR, type Notification } from "./notification.ts";
import { type OutboxRow, bury, dueRows, markDelivered, postpone } from "./outbox.ts";

const BATCH = 200;
const GIVE_UP_AFTER_MS = 24 * 3_600_000;

/** `refused`: this message will never be taken. `failed`: the receiver cannot be reached or is not ready. */
export type DeliveryOutcome =
  | { readonly outcome: "delivered" }
  | { readonly outcome: "refused"; readonly reason: string }
  | { readonly outcome: "failed"; readonly reason: string; readonly retryAfterMs?: number };

export interface DeliveryPorts {
  readonly database: SqlDatabase;
  readonly now: () => number;
  /** In [0, 1). */
  readonly random: () => number;
  readonly receivers: () => readonly WebhookReceiver[];
  readonly toEditor: (notifications: readonly Notification[]) => Promise<DeliveryOutcome>;
  readonly toWebhook: (receiver: WebhookReceiver, notification: Notification) => Promise<DeliveryOutcome>;
}

function settle(ports: DeliveryPorts, rows: readonly OutboxRow[], result: DeliveryOutcome): boolean {
  const { database } = ports;
  if (result.outcome === "delivered") {
    markDelivered(database, rows);
    return true;
  }
  const [first] = rows;
  if (first === undefined) return true;
  if (result.outcome === "refused" || ports.now() - first.createdAt > GIVE_UP_AFTER_MS) {
    for (const row of rows) bury(database, row, result.reason);
    return true;
  }
  const wait = Math.max(result.retryAfterMs ?? 0, backoffMs(first.attempts, ports.random()));
  postpone(database, first, ports.now() + wait, result.reason);
  return false;
}

async function deliverToWebhook(ports: DeliveryPorts, name: string, rows: readonly OutboxRow[]): Promise<void> {
  for (const row of rows) {
    const receiver = ports.receivers().find((candidate) => candidate.name === name);
    const result: DeliveryOutcome =
      receiver === undefined
        ? { outcome: "refused", reason: "the receiver was deleted" }
        : await ports.toWebhook(receiver, row.notification);
    if (!settle(ports, [row], result)) return;
  }
}

/**
 * One pass over what is due: the editor's news in one call, each webhook's in order, receivers beside each other.
 * A crash between sending and settling sends again under the same key.
 */
export async function deliverDue(ports: DeliveryPorts): Promise<void> {
  const byReceiver = new Map<string, OutboxRow[]>();
  for (const row of dueRows(ports.database, ports.now(), BATCH)) {
    const rows = byReceiver.get(row.notification.receiver);
    if (rows === undefined) byReceiver.set(row.notification.receiver, [row]);
    else rows.push(row);
  }
  await Promise.all(
    [...byReceiver].map(async ([name, rows]) => {
      if (name !== EDITOR) return deliverToWebhook(ports, name, rows);
      settle(ports, rows, await ports.toEditor(rows.map(({ notification }) => notification)));
    }),
  );
}
