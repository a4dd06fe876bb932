import { stableHash } from "@sightline/shared/alerting/alert-state";
import type { AlertTransition } from "@sightline/shared/model/alert";
import { NOTIFICATIONS_FAILING } from "../alerting/failing-receiver.ts";
import type { ProjectPorts } from "./project-ports.ts";

/** A receiver that answers nothing for this long is news; shorter, it is a restart. */
const AFTER_MS = 300_000;

const settingOf = (receiver: string): string => `failing/${receiver}`;

/** Why a receiver counts as silent, in a sentence; null while it does not. */
function silence(ports: ProjectPorts, receiver: string): string | null {
  const now = ports.now();
  const channels = ports.database.all<{ integration: number; failing_since: number; error: string | null }>(
    "SELECT integration, failing_since, error FROM channels WHERE receiver = ? AND failing_since <= ?",
    receiver,
    now - AFTER_MS,
  );
  const [channel] = channels;
  if (channel === undefined) return null;
  const [{ waiting } = { waiting: 0 }] = ports.database.all<{ waiting: number }>(
    "SELECT count(*) AS waiting FROM outbox WHERE receiver = ? AND integration = ? AND due_at < 8640000000000000",
    receiver,
    channel.integration,
  );
  const what = waiting === 1 ? "one notification waits" : `${waiting} notifications wait`;
  return `${what} since ${new Date(channel.failing_since).toISOString()}: ${channel.error ?? ""}`;
}

/** What was given up since the last delivery that worked, in a sentence; null when nothing was. */
function givenUp(ports: ProjectPorts, receiver: string): string | null {
  const [letter] = ports.database.all<{ error: string | null; count: number }>(
    `SELECT o.error AS error, count(*) AS count
     FROM outbox o LEFT JOIN channels c ON c.receiver = o.receiver AND c.integration = o.integration
     WHERE o.receiver = ? AND o.due_at >= 8640000000000000 AND coalesce(o.buried_at, o.created_at) > coalesce(c.delivered_at, 0)`,
    receiver,
  );
  if (letter === undefined || letter.count === 0) return null;
  return `${letter.count === 1 ? "one notification was" : `${letter.count} notifications were`} given up: ${letter.error ?? ""}`;
}

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
    labels: { receiver, severity: "error" },
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
 * `gaveUp`: a message was just buried; otherwise letters are looked for only while the alert is raised, for that reads
 * all that waits. It ends with the first delivery after what failed, or when nothing of it is left.
 */
export function stepFailing(ports: ProjectPorts, receiver: string, gaveUp: boolean): readonly AlertTransition[] {
  const { database } = ports;
  const now = ports.now();
  const [raised] = database.all<{ value: string }>("SELECT value FROM settings WHERE name = ?", settingOf(receiver));
  const why = silence(ports, receiver) ?? (gaveUp || raised !== undefined ? givenUp(ports, receiver) : null);
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
