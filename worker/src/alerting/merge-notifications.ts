import { boundedAlerts } from "./bounded-alerts.ts";
import type { GroupNotification } from "./group-notification.ts";

/** Whoever never heard of the group before the earlier one has not heard of it between the two. */
function bothFirst(earlier: GroupNotification["firstTold"], later: GroupNotification["firstTold"]): GroupNotification["firstTold"] {
  if (earlier === "all") return "all";
  // Of a group that was gone: what the earlier message told of is none of the later one's.
  if (later === "all") return earlier;
  return earlier === undefined ? later : [...earlier, ...(later ?? [])];
}

/** Two messages of one group as one: of every alert what the later one says, firing ones first; the later one's key and remark. */
export function mergeNotifications(earlier: GroupNotification, later: GroupNotification): GroupNotification {
  const alerts = new Map(earlier.alerts.map((alert) => [alert.id, alert]));
  for (const alert of later.alerts) alerts.set(alert.id, alert);
  const firstTold = bothFirst(earlier.firstTold, later.firstTold);
  const { alerts: shown, truncated } = boundedAlerts([...alerts.values()]);
  const remarks = [...new Set([earlier.remark, later.remark].filter((remark) => remark !== undefined))];
  return {
    ...later,
    alerts: shown,
    status: shown.length === 0 ? later.status : shown.every(({ state }) => state === "resolved") ? "resolved" : "firing",
    ...(firstTold === undefined ? {} : { firstTold }),
    truncatedAlerts: Math.max(earlier.truncatedAlerts, later.truncatedAlerts) + truncated,
    ...(earlier.acknowledge === undefined && later.acknowledge === undefined
      ? {}
      : { acknowledge: { ...earlier.acknowledge, ...later.acknowledge } }),
    ...(remarks.length === 0 ? {} : { remark: remarks.join(" ") }),
    createdAt: earlier.createdAt,
  };
}
