import type { GroupNotification } from "./group-notification.ts";
import type { Notification } from "./notification.ts";

/** News of one alert as the news of a group that it is alone in. */
export function groupOfOne({ key, receiver, kind, alert }: Notification, integration: number, nowMs: number): GroupNotification {
  return {
    key: integration === 0 ? key : `${key}/${integration}`,
    receiver,
    integration,
    groupKey: `{}:{alertname=${JSON.stringify(alert.name)}}/${alert.id}`,
    groupLabels: { alertname: alert.name },
    status: kind === "resolved" ? "resolved" : "firing",
    alerts: [alert],
    truncatedAlerts: 0,
    reason: "new",
    createdAt: nowMs,
  };
}
