import type { Alert, AlertStatus } from "@sightline/shared/model/alert";
import {
  EDITOR,
  type HeldNotification,
  type Notification,
  type NotificationKind,
  type Stage,
  type StageContext,
  type StageOutcome,
} from "./notification.ts";
import { dedupStage } from "./stages/dedup.ts";
import { routeStage } from "./stages/route.ts";
import { silenceStage } from "./stages/silence.ts";

/** In this order; delivery follows from the outbox. */
const STAGES: readonly Stage[] = [routeStage, silenceStage, dedupStage];

/** News of one change, addressed to every receiver. Pending alerts are nobody's news yet. */
export function notificationsOf(
  alert: Alert,
  previous: AlertStatus | null,
  kind: NotificationKind,
  context: Pick<StageContext, "receivers">,
  occasion = "",
): readonly Notification[] {
  if (alert.state === "pending" || (alert.state === "resolved" && alert.firedAt === null)) return [];
  return [EDITOR, ...context.receivers.map(({ name }) => name)].map((receiver) => ({
    key: `${alert.id}/${kind}${occasion}/${receiver}`,
    receiver,
    kind,
    alert,
    previous,
  }));
}

export function runPipeline(
  notifications: readonly Notification[],
  context: StageContext,
  stages: readonly Stage[] = STAGES,
): StageOutcome {
  let passed = notifications;
  const held: HeldNotification[] = [];
  for (const stage of stages) {
    const outcome = stage.run(passed, context);
    passed = outcome.passed;
    held.push(...outcome.held);
  }
  return { passed, held };
}
