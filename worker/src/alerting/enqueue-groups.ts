import type { SqlDatabase } from "../storage/sql-database.ts";
import { channelKey } from "./channel.ts";
import { laneOf } from "./digest-lane.ts";
import { failsOf } from "./failing-receiver.ts";
import { FOLDS_FROM, type FoldPorts, foldCrowd, foldFresh, isOverUntold } from "./fold.ts";
import type { GroupNotification } from "./group-notification.ts";
import { mergeNotifications } from "./merge-notifications.ts";
import { insert, mergeWaiting, notificationOf, untriedGroups, untriedRows } from "./outbox.ts";
import { severityOf } from "./severity-rank.ts";

/** Messages of one group that wait in a row before those nobody tried yet become one: a receiver that is away for a day finds a handful. */
const MERGED_FROM = 10;

/** All that waits of the group was over before anybody was told. */
function becomesNoNews(database: SqlDatabase, notification: GroupNotification): boolean {
  if (notification.status !== "resolved") return false;
  const [first, ...rest] = untriedRows(database, notification, notification.groupKey).map(notificationOf);
  return first !== undefined && rest.length > 0 && isOverUntold(rest.reduce(mergeNotifications, first));
}

/**
 * What receivers are told of groups, inside the transaction that flushed them. A receiver is never told of its own
 * failing. Returns what was taken.
 */
export function enqueueGroups(ports: FoldPorts, notifications: readonly GroupNotification[]): readonly GroupNotification[] {
  const { database } = ports;
  const now = ports.now();
  const taken: GroupNotification[] = [];
  const channels = new Map<string, GroupNotification[]>();
  /** Groups that waited in each channel when the first of these came. */
  const waitingOf = new Map<string, number>();
  for (const given of notifications) {
    const alerts = given.alerts.filter((alert) => !failsOf(alert, given.receiver));
    if (alerts.length === 0 && given.alerts.length > 0) continue;
    const notification = alerts.length === given.alerts.length ? given : { ...given, alerts };
    const { key, receiver, integration, groupKey } = notification;
    // One acknowledgement does not speak for all that a digest told of.
    if (notification.reason === "acknowledged" && laneOf(database, notification, groupKey) !== null) continue;
    const body = JSON.stringify(notification);
    insert(database, { key, receiver, integration, groupKey, alertId: alerts[0]?.id ?? "", body, severity: severityOf(notification) }, now);
    const channel = channelKey(notification);
    let waiting = waitingOf.get(channel);
    if (waiting === undefined) waitingOf.set(channel, (waiting = untriedGroups(database, notification).length));
    // Of a few, each is told what happened to it while its receiver was away.
    const isNoNews = waiting > (ports.foldsFrom ?? FOLDS_FROM) && becomesNoNews(database, notification);
    mergeWaiting(database, notification, groupKey, isNoNews ? 2 : MERGED_FROM, now);
    taken.push(notification);
    channels.set(channel, [...(channels.get(channel) ?? []), notification]);
  }
  for (const told of channels.values()) {
    const [channel] = told;
    if (channel === undefined) continue;
    foldFresh(
      ports,
      channel,
      told.map(({ groupKey }) => groupKey),
    );
    foldCrowd(ports, channel);
  }
  return taken;
}
