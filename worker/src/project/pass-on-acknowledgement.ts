import { boundedAlerts } from "../alerting/bounded-alerts.ts";
import type { GroupNotification } from "../alerting/group-notification.ts";
import { enqueueGroups } from "../alerting/enqueue-groups.ts";
import { kindOf } from "../alerting/receivers/kinds.ts";
import { isAcknowledged } from "../alerting/receivers/severity.ts";
import { type AlertGroup, alertsOfGroup, groupsOfAlert, readTold } from "./alert-groups.ts";
import type { StoredAlert } from "./alert-lifecycle.ts";
import { outboxPorts } from "./outbox-ports.ts";
import { type ProjectPorts, newId } from "./project-ports.ts";
import { findReceiver } from "./receivers.ts";

function ofGroup(ports: ProjectPorts, group: AlertGroup): readonly GroupNotification[] {
  const alerts = alertsOfGroup(ports, group.key).map((alert) => ({ ...alert, silencedUntil: null }));
  const receiver = findReceiver(ports, group.receiver);
  if (receiver === null || !isAcknowledged(alerts)) return [];
  const told = readTold(ports, group.key);
  const id = newId(ports);
  const { alerts: shown, truncated } = boundedAlerts(alerts);
  return receiver.integrations.flatMap(({ type }, integration) =>
    kindOf(type).keepsAlerts !== true || !told.has(integration)
      ? []
      : [
          {
            key: `ack-${id}/${integration}`,
            receiver: receiver.name,
            integration,
            groupKey: group.key,
            groupLabels: group.labels,
            status: "firing",
            alerts: shown,
            truncatedAlerts: truncated,
            reason: "acknowledged",
            createdAt: ports.now(),
          },
        ],
  );
}

/**
 * Inside the transaction of an acknowledgement. People who wait for messages hear no more of what somebody has taken on;
 * who keeps alerts of their own (PagerDuty, Opsgenie) acknowledges theirs, once all that fires in the group is.
 */
export function passOnAcknowledgement(ports: ProjectPorts, alert: StoredAlert): void {
  const notifications = groupsOfAlert(ports, alert).flatMap((group) => ofGroup(ports, group));
  enqueueGroups(outboxPorts(ports), notifications);
}
