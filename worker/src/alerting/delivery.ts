import type { Integration } from "@sightline/shared/alerting/receiver";
import { backoffMs } from "./backoff.ts";
import type { Channel } from "./channel.ts";
import { type ChannelState, readChannel, writeChannel } from "./channels.ts";
import { OPENS_AFTER, afterFailure } from "./circuit-breaker.ts";
import { logDelivery } from "./delivery-log.ts";
import type { DeliveryOutcome } from "./delivery-outcome.ts";
import type { GroupNotification } from "./group-notification.ts";
import { composeDigest } from "./digest.ts";
import { releaseLane } from "./digest-lane.ts";
import { FOLDS_FROM, type FoldPorts, foldCrowd, keepsAlerts } from "./fold.ts";
import { EDITOR, type Notification } from "./notification.ts";
import * as outbox from "./outbox.ts";
import { refill, waitForToken } from "./token-bucket.ts";
import { withoutUnwanted } from "./unwanted-resolved.ts";

const EDITOR_BATCH = 200;
const GIVE_UP_AFTER_MS = 24 * 3_600_000;

export interface DeliveryPorts extends FoldPorts {
  /** In [0, 1). */
  readonly random: () => number;
  /** Notifications a minute of an integration that says nothing about it. */
  readonly usualPerMinute: (type: Integration["type"]) => number;
  readonly toEditor: (notifications: readonly Notification[]) => Promise<DeliveryOutcome>;
  readonly toIntegration: (notification: GroupNotification, integration: Integration) => Promise<DeliveryOutcome>;
  /** Inside the transaction that settles a message: delivered, to be tried again at `againAt` (ms), or given up. */
  readonly settled: (message: SettledMessage) => void;
}

export interface SettledMessage {
  readonly notification: GroupNotification;
  readonly type: Integration["type"];
  readonly verdict: "delivered" | "retrying" | "failed" | "held";
  /** A sentence. */
  readonly reason: string;
}

/** Sends what waits in one channel, oldest first, until nothing is due in it. A crash between sending and settling sends again under the same key. */
export async function deliverChannel(ports: DeliveryPorts, channel: Channel): Promise<void> {
  if (channel.receiver === EDITOR) return deliverToEditor(ports);
  while (await deliverNext(ports, channel));
}

async function deliverToEditor(ports: DeliveryPorts): Promise<void> {
  const { database } = ports;
  for (;;) {
    const rows = outbox.editorRows(database, EDITOR_BATCH);
    const [first] = rows;
    if (first === undefined || outbox.nextRow(database, first, ports.now()) === null) return;
    const result = await ports.toEditor(rows.map(outbox.newsOf));
    const now = ports.now();
    if (result.outcome === "delivered") database.transaction(() => outbox.markDelivered(database, rows));
    else if (now - first.createdAt > GIVE_UP_AFTER_MS) outbox.bury(database, first, result.reason, now);
    else {
      outbox.beginAttempt(database, first);
      outbox.postpone(database, first, now + backoffMs(first.attempts, ports.random()), result.reason);
    }
  }
}

/** A fault of our own in making or sending a message is none that time mends by itself, but others must not wait for it. */
const broken = (error: unknown): DeliveryOutcome => ({
  outcome: "failed",
  reason: `the message could not be made or sent: ${error instanceof Error ? error.message : String(error)}`,
});

/** False when nothing more is due. */
async function deliverNext(ports: DeliveryPorts, channel: Channel): Promise<boolean> {
  const { database } = ports;
  const startedAt = ports.now();
  const row = outbox.nextRow(database, channel, startedAt);
  if (row === null) return false;
  const integration = ports.receiver(channel.receiver)?.integrations[channel.integration];
  if (integration === undefined) return drop(ports, row, "", "the receiver or its integration was deleted");
  const isNewDigest = row.isDigest && row.attempts === 0;
  const notification = isNewDigest ? composeDigest(database, row, keepsAlerts(ports, channel)) : outbox.notificationOf(row);
  const wanted = withoutUnwanted(notification, integration.sendResolved);
  if (wanted === null) return drop(ports, row, integration.type, "it wants no resolved alerts");
  const perMinute = integration.maxPerMinute ?? ports.usualPerMinute(integration.type);
  const state = readChannel(database, channel, perMinute, startedAt);
  if (state.notBefore > startedAt) return false;
  const bucket = refill(state, perMinute, startedAt);
  const wait = waitForToken(bucket, perMinute);
  if (wait > 0) {
    rest(ports, channel, { ...state, ...bucket, notBefore: startedAt + wait }, perMinute);
    return false;
  }
  database.transaction(() => {
    if (isNewDigest) outbox.settleWords(database, row, JSON.stringify(notification));
    outbox.beginAttempt(database, row);
  });
  const result = await ports.toIntegration(wanted, integration).catch(broken);
  settle(ports, { row, notification, type: integration.type }, { ...state, ...bucket, tokens: bucket.tokens - 1 }, result, startedAt);
  return true;
}

function drop(ports: DeliveryPorts, row: outbox.OutboxRow, type: string, error: string): true {
  const { key, receiver, integration, attempts } = row;
  const entry = { at: ports.now(), key, receiver, integration, type, status: null, attempts, durationMs: 0, error };
  ports.database.transaction(() => {
    outbox.markDelivered(ports.database, [row]);
    if (row.isDigest) releaseLane(ports.database, row, keepsAlerts(ports, row));
    logDelivery(ports.database, { ...entry, outcome: "dropped" });
  });
  return true;
}

/** The channel has had its share of the minute: it waits, what waits of one group becomes one message, and more groups than a minute has room for do. */
function rest(ports: DeliveryPorts, channel: Channel, state: ChannelState, perMinute: number): void {
  const { database } = ports;
  database.transaction(() => {
    writeChannel(database, channel, state);
    for (const groupKey of outbox.waitingGroups(database, channel)) outbox.mergeWaiting(database, channel, groupKey, 2, ports.now());
    foldCrowd(ports, channel, Math.min(ports.foldsFrom ?? FOLDS_FROM, perMinute));
  });
}

interface Sent {
  readonly row: outbox.OutboxRow;
  readonly notification: GroupNotification;
  readonly type: Integration["type"];
}

function settle(ports: DeliveryPorts, sent: Sent, state: ChannelState, result: DeliveryOutcome, startedAt: number): void {
  const { database } = ports;
  const { row, notification, type } = sent;
  const now = ports.now();
  const tooOld = result.outcome === "failed" && now - row.createdAt > GIVE_UP_AFTER_MS;
  const outcome = tooOld ? "dead" : result.outcome;
  const { key, receiver, integration } = row;
  const error = result.outcome === "delivered" ? null : result.reason;
  const status = result.status ?? null;
  database.transaction(() => {
    let verdict: SettledMessage["verdict"] = "delivered";
    let reason = `the ${type} integration took it${status === null ? "" : ` (${status})`}`;
    if (result.outcome === "delivered") outbox.markDelivered(database, [row]);
    else if (outcome === "failed") {
      const asked = result.outcome === "failed" ? (result.retryAfterMs ?? 0) : 0;
      outbox.postpone(database, row, now + Math.max(asked, backoffMs(row.attempts, ports.random())), result.reason);
      verdict = "retrying";
      reason = `the ${type} integration could not be reached or is not ready: ${result.reason}`;
    } else {
      outbox.bury(database, row, result.reason, now);
      verdict = "failed";
      reason = `given up as a dead letter, the ${type} integration ${tooOld ? "did not take it for a day" : "refused it"}: ${result.reason}`;
    }
    if (row.isDigest && verdict !== "retrying") releaseLane(database, row, keepsAlerts(ports, row));
    writeChannel(database, row, { ...state, ...healthAfter(state, result, now, { attempts: row.attempts, random: ports.random() }) });
    if (result.outcome === "delivered" && state.failures >= OPENS_AFTER) outbox.hasten(database, row, now);
    const entry = { at: now, key, receiver, integration, type, status, attempts: row.attempts + 1, durationMs: now - startedAt };
    logDelivery(database, { ...entry, outcome, error });
    ports.settled({ notification, type, verdict, reason });
  });
}

type Health = Pick<ChannelState, "failures" | "failingSince" | "notBefore" | "deliveredAt" | "error">;

interface Attempt {
  /** Before this one. */
  readonly attempts: number;
  readonly random: number;
}

/** A refusal is an answer, and so is a request for patience: the receiver works, if not for this message or not now. */
function healthAfter(state: ChannelState, result: DeliveryOutcome, nowMs: number, { attempts, random }: Attempt): Health {
  if (result.outcome === "delivered") return { failures: 0, failingSince: null, notBefore: 0, deliveredAt: nowMs, error: null };
  const { deliveredAt } = state;
  const error = result.reason;
  if (result.outcome === "refused") return { failures: 0, failingSince: null, notBefore: 0, deliveredAt, error };
  const { failures, failingSince } = state;
  if (result.busy === true) {
    return { failures, failingSince, notBefore: nowMs + (result.retryAfterMs ?? backoffMs(attempts, random)), deliveredAt, error };
  }
  const count = afterFailure(failures, nowMs, random);
  const asked = result.retryAfterMs === undefined ? 0 : nowMs + result.retryAfterMs;
  return { failures: count.failures, failingSince: failingSince ?? nowMs, notBefore: Math.max(count.notBefore, asked), deliveredAt, error };
}
