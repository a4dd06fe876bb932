import type { Alert, AlertStatus } from "@sightline/shared/model/alert";

/** The receiver that is always there: every viewer of the project, through the LiveHub. */
export const EDITOR = "editor";

/** What happened to an alert that its viewers may want to know; `changed`: anything but its state. */
export type NotificationKind = "firing" | "acknowledged" | "resolved" | "silenced" | "changed";

export interface Notification {
  /** Identity for deduplication and for the receiver: the same news to the same receiver has the same key. */
  readonly key: string;
  readonly receiver: string;
  readonly kind: NotificationKind;
  readonly alert: Alert;
  readonly previous: AlertStatus | null;
  /** A sentence to be shown with it. */
  readonly remark?: string;
}
