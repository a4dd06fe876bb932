/**
 * A storm becomes a few messages: groups of one route that wait for one channel are told in one digest once there are
 * many of them, and what fired and was over before anybody could be told is never sent by itself.
 */
import type { Receiver } from "@sightline/shared/alerting/receiver";
import type { TraceDecision } from "@sightline/shared/alerting/trace";
import type { Alert } from "@sightline/shared/model/alert";
import { SEVERITIES } from "@sightline/shared/model/alert";
import type { SqlDatabase } from "../storage/sql-database.ts";
import { boundedAlerts } from "./bounded-alerts.ts";
import type { Channel } from "./channel.ts";
import { logDelivery } from "./delivery-log.ts";
import { bindToLane, keyPrefixOf, laneOf, routeOf } from "./digest-lane.ts";
import type { GroupNotification } from "./group-notification.ts";
import * as outbox from "./outbox.ts";
import { kindOf } from "./receivers/kinds.ts";
import { SEVERE, severityOf } from "./severity-rank.ts";

/** Groups told by themselves in a minute, and waiting groups, beyond which a channel's are folded. */
export const FOLDS_FROM = 20;
/** Alerts that a digest shows; the rest is counted. */
const SHOWN = 100;
/** Between two digests of one route, so that what comes meanwhile gathers. */
const DIGEST_EVERY_MS = 15_000;
const MINUTE_MS = 60_000;
/** What is no news of a group's alerts. */
const UNFOLDED: ReadonlySet<string> = new Set(["silence_ending", "silence_summary", "test"]);

export interface FoldPorts {
  readonly database: SqlDatabase;
  readonly now: () => number;
  readonly receiver: (name: string) => Receiver | null;
  readonly trace: (alertId: string, decision: TraceDecision) => void;
  /** Absent: FOLDS_FROM. */
  readonly foldsFrom?: number;
}

/** Whether the receiver keeps an alert of its own for each group, which must end as it began. */
export function keepsAlerts(ports: Pick<FoldPorts, "receiver">, { receiver, integration }: Channel): boolean {
  const type = ports.receiver(receiver)?.integrations[integration]?.type;
  return type !== undefined && kindOf(type).keepsAlerts === true;
}

const isFirstTold = ({ firstTold }: GroupNotification, { id }: Alert): boolean =>
  firstTold === "all" || (firstTold !== undefined && firstTold.includes(id));

/** Nobody was told that any of it fires, and all of it is over. */
export const isOverUntold = (notification: GroupNotification): boolean =>
  notification.status === "resolved" &&
  (notification.truncatedAlerts === 0 || notification.firstTold === "all") &&
  notification.alerts.length > 0 &&
  notification.alerts.every((alert) => isFirstTold(notification, alert));

function deliveredSince(database: SqlDatabase, { receiver, integration }: Channel, sinceMs: number): number {
  const [row] = database.all<{ count: number }>(
    "SELECT count(*) AS count FROM deliveries WHERE receiver = ? AND integration = ? AND at > ? AND outcome = 'delivered'",
    receiver,
    integration,
    sinceMs,
  );
  return row?.count ?? 0;
}

/** When the lane's next digest may go, ms. */
function nextDigestAt(database: SqlDatabase, { receiver, integration }: Channel, lane: string): number {
  const [row] = database.all<{ at: number | null }>(
    "SELECT max(at) AS at FROM deliveries WHERE receiver = ? AND integration = ? AND substr(key, 1, ?) = ?",
    receiver,
    integration,
    keyPrefixOf(lane).length,
    keyPrefixOf(lane),
  );
  return row?.at == null ? 0 : row.at + DIGEST_EVERY_MS;
}

interface Noted {
  readonly decision: TraceDecision;
  /** Earlier episodes that were to be told as firing: the newer one stands for them. */
  readonly superseded: readonly string[];
}

/** Notes an alert in the digest. */
function note(database: SqlDatabase, digest: outbox.OutboxRow, group: GroupNotification, alert: Alert): Noted {
  const { id, fingerprint, name, severity, state } = alert;
  const episodes = database.all<{ id: string; state: string; untold: number }>(
    "SELECT alert_id AS id, state, untold FROM digest_alerts WHERE digest = ? AND fingerprint = ?",
    digest.id,
    fingerprint,
  );
  const before = episodes.find((episode) => episode.id === id);
  const superseded = before === undefined ? episodes.filter((episode) => episode.state === "firing") : [];
  for (const episode of superseded)
    database.run("DELETE FROM digest_alerts WHERE digest = ? AND fingerprint = ? AND alert_id = ?", digest.id, fingerprint, episode.id);
  const untold =
    before === undefined ? isFirstTold(group, alert) || superseded.some((episode) => episode.untold === 1) : before.untold === 1;
  const now = state !== "resolved" ? "firing" : untold ? "over" : "resolved";
  database.run(
    "INSERT OR REPLACE INTO digest_alerts (digest, fingerprint, alert_id, group_key, name, severity, state, untold) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    digest.id,
    fingerprint,
    id,
    group.groupKey,
    name,
    SEVERITIES.indexOf(severity),
    now,
    untold ? 1 : 0,
  );
  const stage = "deliver";
  const { receiver, key } = digest;
  const decision: TraceDecision =
    now === "over"
      ? { stage, receiver, decision: "held", reason: `over before it could be told; counted in the message ${key}` }
      : { stage, receiver, decision: "queued", reason: `told as ${now} with others of its route in the message ${key}` };
  return { decision, superseded: superseded.map((episode) => episode.id) };
}

/** The lane's digest that nobody tried to send yet, begun with the first group when there is none. */
function openDigest(ports: FoldPorts, channel: Channel, lane: string, first: GroupNotification): outbox.OutboxRow {
  const { database } = ports;
  const now = ports.now();
  const open = outbox.openDigest(database, channel, lane);
  if (open !== null) return open;
  const { receiver, integration } = channel;
  const key = `${keyPrefixOf(lane)}${first.key}`;
  const empty: GroupNotification = {
    key,
    receiver,
    integration,
    groupKey: lane,
    groupLabels: {},
    status: "resolved",
    alerts: [],
    truncatedAlerts: 0,
    reason: "changed",
    digest: "",
    createdAt: now,
  };
  const dueAt = Math.max(now, nextDigestAt(database, channel, lane));
  const body = JSON.stringify(empty);
  outbox.insert(database, { key, receiver, integration, groupKey: lane, alertId: "", body, severity: 0, digest: true, dueAt }, now);
  const begun = outbox.openDigest(database, channel, lane);
  if (begun === null) throw new Error("a digest was not stored");
  return begun;
}

/** Inside a transaction: everything that waits of the groups, which nobody tried to send, moves into the lane's digest. */
function foldInto(ports: FoldPorts, channel: Channel, lane: string, groups: readonly (readonly outbox.OutboxRow[])[]): void {
  const { database } = ports;
  const now = ports.now();
  const [first] = groups.flat();
  if (first === undefined) return;
  const digest = openDigest(ports, channel, lane, outbox.notificationOf(first));
  const before = outbox.notificationOf(digest);
  const shown = new Map(before.alerts.map((alert) => [alert.id, alert]));
  let { truncatedAlerts, acknowledge } = before;
  const remarks = new Set(before.remark === undefined ? [] : [before.remark]);
  let severity = 0;
  for (const rows of groups) {
    const said = rows.map(outbox.notificationOf);
    for (const notification of said) {
      for (const alert of notification.alerts) {
        const { decision, superseded } = note(database, digest, notification, alert);
        ports.trace(alert.id, decision);
        for (const id of superseded) shown.delete(id);
        shown.set(alert.id, alert);
      }
      if (notification.remark !== undefined && remarks.size < 3) remarks.add(notification.remark);
      acknowledge = notification.acknowledge === undefined ? acknowledge : { ...acknowledge, ...notification.acknowledge };
      severity = Math.max(severity, severityOf(notification));
    }
    const last = said.at(-1);
    if (last === undefined) continue;
    truncatedAlerts += last.truncatedAlerts;
    bindToLane(database, channel, last.groupKey, lane, last.status === "firing");
    outbox.markDelivered(database, rows);
  }
  const { alerts } = boundedAlerts([...shown.values()], SHOWN);
  const kept = new Set(alerts.map(({ id }) => id));
  const links = Object.entries(acknowledge ?? {}).filter(([id]) => kept.has(id));
  const body: GroupNotification = {
    ...before,
    alerts,
    truncatedAlerts,
    ...(links.length === 0 ? {} : { acknowledge: Object.fromEntries(links) }),
    ...(remarks.size === 0 ? {} : { remark: [...remarks].join(" ") }),
  };
  outbox.updateDigest(database, digest, JSON.stringify(body), severity, severity >= SEVERE ? now : null);
  const { key, receiver, integration } = digest;
  const entry = { at: now, key, receiver, integration, type: "", status: null, attempts: 0, durationMs: 0 };
  const error = `says what ${groups.length === 1 ? "one group" : `${groups.length} groups`} waited to say`;
  logDelivery(database, { ...entry, outcome: "merged", error });
}

/** Groups of the channel that may be told with others, by the route's lane. */
function foldable(
  rows: ReadonlyMap<string, readonly outbox.OutboxRow[]>,
  suffix: string,
  keeps: boolean,
): Map<string, (readonly outbox.OutboxRow[])[]> {
  const byLane = new Map<string, (readonly outbox.OutboxRow[])[]>();
  for (const waiting of rows.values()) {
    const [first] = waiting.map(outbox.notificationOf);
    const route = first === undefined ? null : routeOf(first);
    if (first === undefined || route === null || UNFOLDED.has(first.reason)) continue;
    // An alert that was begun there under the group's name must end under it.
    if (keeps && first.firstTold !== "all") continue;
    const lane = `${route}:${suffix}`;
    byLane.set(lane, [...(byLane.get(lane) ?? []), waiting]);
  }
  return byLane;
}

/** Inside the transaction that told a channel of `fresh`: what is bound to a digest joins it, and what is over before it could be told is counted in one. */
export function foldFresh(ports: FoldPorts, channel: Channel, fresh: readonly string[]): void {
  const { database } = ports;
  const keeps = keepsAlerts(ports, channel);
  for (const groupKey of new Set(fresh)) {
    const rows = outbox.untriedRows(database, channel, groupKey);
    const [first] = rows;
    if (first === undefined) continue;
    const lane = laneOf(database, channel, groupKey);
    if (lane !== null) {
      foldInto(ports, channel, lane, [rows]);
      continue;
    }
    const notification = outbox.notificationOf(first);
    const route = routeOf(notification);
    if (rows.length > 1 || route === null || !isOverUntold(notification)) continue;
    if (!keeps) {
      foldInto(ports, channel, `${route}:digest`, [rows]);
      continue;
    }
    outbox.markDelivered(database, rows);
    const reason = "over before it could be told; who keeps alerts of their own needs not hear of it";
    for (const { id } of notification.alerts) ports.trace(id, { stage: "deliver", receiver: channel.receiver, decision: "held", reason });
  }
}

/** Inside a transaction: if too many groups wait, or were told in the last minute, those of a route are told in one message, which the next join until it goes. Severe ones are counted and told by themselves. */
export function foldCrowd(ports: FoldPorts, channel: Channel, threshold = ports.foldsFrom ?? FOLDS_FROM): void {
  const { database } = ports;
  const waiting = outbox.untriedGroups(database, channel);
  if (waiting.length === 0) return;
  const keeps = keepsAlerts(ports, channel);
  for (const severe of [true, false]) {
    const crowd = waiting.filter(({ severity }) => severity >= SEVERE === severe);
    const told = severe || crowd.length === 0 ? 0 : deliveredSince(database, channel, ports.now() - MINUTE_MS);
    const isCrowded = crowd.length + told > threshold;
    if (crowd.length === 0 || (!isCrowded && !outbox.hasOpenDigest(database, channel))) continue;
    const rows = new Map(crowd.map(({ groupKey }) => [groupKey, outbox.untriedRows(database, channel, groupKey)]));
    for (const [lane, groups] of foldable(rows, severe ? "severe digest" : "digest", keeps)) {
      const isOpen = outbox.openDigest(database, channel, lane) !== null;
      if (isOpen || (isCrowded && (groups.length > 1 || told >= threshold))) foldInto(ports, channel, lane, groups);
    }
  }
}
