import type { GroupNotification } from "./group-notification.ts";

/** What an integration that wants no resolved alerts is told; null: nothing. */
export function withoutUnwanted(notification: GroupNotification, sendResolved: boolean): GroupNotification | null {
  if (sendResolved) return notification;
  if (notification.status === "resolved") return null;
  const alerts = notification.alerts.filter(({ state }) => state !== "resolved");
  return alerts.length === notification.alerts.length ? notification : { ...notification, alerts };
}
