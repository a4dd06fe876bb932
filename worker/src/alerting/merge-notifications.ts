import type { Alert } from "@sightline/shared/model/alert";
import type { GroupNotification } from "./group-notification.ts";

const isOver = ({ state }: Alert): boolean => state === "resolved";

/** Two messages of one group as one: of every alert what the later one says, firing ones first; the later one's key and remark. */
export function mergeNotifications(earlier: GroupNotification, later: GroupNotification): GroupNotification {
  const alerts = new Map(earlier.alerts.map((alert) => [alert.id, alert]));
  for (const alert of later.alerts) alerts.set(alert.id, alert);
  const all = [...alerts.values()];
  const ordered = [...all.filter((alert) => !isOver(alert)), ...all.filter(isOver)];
  const remarks = [...new Set([earlier.remark, later.remark].filter((remark) => remark !== undefined))];
  return {
    ...later,
    alerts: ordered,
    status: ordered.length === 0 ? later.status : ordered.every(isOver) ? "resolved" : "firing",
    truncatedAlerts: Math.max(earlier.truncatedAlerts, later.truncatedAlerts),
    ...(remarks.length === 0 ? {} : { remark: remarks.join(" ") }),
    createdAt: earlier.createdAt,
  };
}
