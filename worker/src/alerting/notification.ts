import type { Alert, AlertStatus } from "@sightline/shared/model/alert";
import type { Silence, WebhookReceiver } from "../objects/rpc.ts";

/** The receiver that is always there: every viewer of the project, through the LiveHub. */
export const EDITOR = "editor";

/** What happened to an alert that somebody may want to know. */
export type NotificationKind = "firing" | "acknowledged" | "resolved" | "silenced";

export interface Notification {
  /** Identity for deduplication and for the receiver: the same news to the same receiver has the same key. */
  readonly key: string;
  readonly receiver: string;
  readonly kind: NotificationKind;
  readonly alert: Alert;
  readonly previous: AlertStatus | null;
}

export interface HeldNotification {
  readonly notification: Notification;
  readonly stage: string;
  readonly reason: string;
}

/** What stages may look at; all of it is read before the first stage runs. */
export interface StageContext {
  readonly nowMs: number;
  readonly silences: readonly Silence[];
  readonly receivers: readonly WebhookReceiver[];
  /** Whether news of this key went out or waits to. */
  readonly notified: (key: string) => boolean;
}

export interface StageOutcome {
  readonly passed: readonly Notification[];
  readonly held: readonly HeldNotification[];
}

/** A named step of the pipeline: says what it let through, and why not the rest. */
export interface Stage {
  readonly name: string;
  readonly run: (notifications: readonly Notification[], context: StageContext) => StageOutcome;
}

/** A stage that judges one notification at a time: null lets it through, a sentence holds it. */
export function judging(name: string, reasonToHold: (notification: Notification, context: StageContext) => string | null): Stage {
  return {
    name,
    run(notifications, context) {
      const passed: Notification[] = [];
      const held: HeldNotification[] = [];
      for (const notification of notifications) {
        const reason = reasonToHold(notification, context);
        if (reason === null) passed.push(notification);
        else held.push({ notification, stage: name, reason });
      }
      return { passed, held };
    },
  };
}
