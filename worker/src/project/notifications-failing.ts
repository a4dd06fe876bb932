import { stableHash } from "@sightline/shared/alerting/alert-state";
import type { ChannelHealth } from "@sightline/shared/api/receiver-responses";
import type { AlertTransition } from "@sightline/shared/model/alert";
import { channelHealth } from "../alerting/channels.ts";
import { NOTIFICATIONS_FAILING } from "../alerting/failing-receiver.ts";
import type { ProjectPorts } from "./project-ports.ts";

/** A receiver that answers nothing for this long is news; shorter, it is a restart. */
const AFTER_MS = 300_000;

const settingOf = (receiver: string): string => `failing/${receiver}`;

/** Why a receiver counts as failing, in a sentence; null while it does not. */
function failureOf(ports: ProjectPorts, receiver: string): string | null {
  const now = ports.now();
  const channels = channelHealth(ports.database, now).filter((channel) => channel.receiver === receiver);
  const silent = channels.find(({ failingSince }) => failingSince !== null && now - failingSince >= AFTER_MS);
  if (silent !== undefined) return `${waiting(silent)} since ${new Date(silent.failingSince ?? now).toISOString()}: ${silent.error ?? ""}`;
  for (const channel of channels) {
    const [letter] = ports.database.all<{ error: string | null; count: number }>(
      `SELECT error, count(*) AS count FROM outbox
       WHERE receiver = ? AND integration = ? AND due_at >= 8640000000000000 AND coalesce(buried_at, created_at) > ?`,
      receiver,
      channel.integration,
      channel.deliveredAt ?? 0,
    );
    if (letter !== undefined && letter.count > 0)
      return `${letter.count === 1 ? "one notification was" : `${letter.count} notifications were`} given up: ${letter.error ?? ""}`;
  }
  return null;
}

const waiting = ({ waiting }: ChannelHealth): string => (waiting === 1 ? "one notification waits" : `${waiting} notifications wait`);

function step(
  receiver: string,
  from: AlertTransition["from"],
  to: AlertTransition["to"],
  at: number,
  activeAt: number,
  why: string,
): AlertTransition {
  const fingerprint = stableHash(`${NOTIFICATIONS_FAILING}/${receiver}`);
  return {
    id: `${fingerprint}-${activeAt.toString(36)}-${to}`,
    fingerprint,
    rule: NOTIFICATIONS_FAILING,
    labels: { receiver },
    annotations: {
      summary: `Notifications do not reach ${receiver}`,
      description: `${why === "" ? "" : `${why}. `}What could not be delivered is kept: GET /v1/dead-letters lists it, POST /v1/dead-letters/{id}/retry sends it again.`,
    },
    severity: "error",
    from,
    to,
    at,
    activeAt,
    value: 1,
    threshold: null,
    condition: "a notification was given up, or none arrived for 5 minutes",
    recommendations: [{ type: "receiver", priority: "high", text: `POST /v1/receivers/${receiver}/test says what it answers now.` }],
  };
}

/**
 * The step that the alert about a receiver takes now, if any; inside the transaction that changed how the receiver does.
 * The alert ends with the first delivery after what failed, or when nothing of it is left.
 */
export function stepFailing(ports: ProjectPorts, receiver: string): readonly AlertTransition[] {
  const { database } = ports;
  const now = ports.now();
  const [raised] = database.all<{ value: string }>("SELECT value FROM settings WHERE name = ?", settingOf(receiver));
  const why = failureOf(ports, receiver);
  if (why !== null && raised === undefined) {
    database.run("INSERT INTO settings (name, value) VALUES (?, ?)", settingOf(receiver), String(now));
    return [step(receiver, "pending", "firing", now, now, why)];
  }
  if (why === null && raised !== undefined) {
    database.run("DELETE FROM settings WHERE name = ?", settingOf(receiver));
    return [step(receiver, "firing", "resolved", now, Number(raised.value), "")];
  }
  return [];
}
