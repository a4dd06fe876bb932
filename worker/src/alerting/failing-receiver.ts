import type { Alert } from "@sightline/shared/model/alert";

/** The alert about a receiver that notifications do not reach; its label `receiver` names it. */
export const NOTIFICATIONS_FAILING = "SightlineNotificationsFailing";

/** Whether the alert tells of this receiver's own failing: news that it cannot get, and that would wait where it is about. */
export const failsOf = (alert: Pick<Alert, "name" | "labels">, receiver: string): boolean =>
  alert.name === NOTIFICATIONS_FAILING && alert.labels["receiver"] === receiver;
