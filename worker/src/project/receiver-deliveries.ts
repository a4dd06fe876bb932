import type { AlertTransition } from "@sightline/shared/model/alert";
import type { Principal } from "@sightline/shared/model/principal";
import { type Result, fail, ok } from "@sightline/shared/model/result";
import * as letters from "../alerting/dead-letters.ts";
import type { SettledMessage } from "../alerting/delivery.ts";
import { recordAudit } from "./audit-log.ts";
import { stepFailing } from "./notifications-failing.ts";
import { receiveTransitions } from "./project-core.ts";
import type { ProjectPorts } from "./project-ports.ts";
import * as receivers from "./receivers.ts";
import { recordTrace } from "./trace.ts";

/** Inside the transaction of a change in how a receiver does: raises or ends the alert about it. */
function noteReceiver(ports: ProjectPorts, receiver: string, gaveUp = false): void {
  const steps: readonly AlertTransition[] = stepFailing(ports, receiver, gaveUp);
  if (steps.length > 0) receiveTransitions(ports, steps);
}

/** Inside the transaction that settles a message: each alert's trace tells, and the receiver's own alert steps. */
export function noteSettled(ports: ProjectPorts, { notification, verdict, reason }: SettledMessage): void {
  const { receiver } = notification;
  for (const { id } of notification.alerts) recordTrace(ports, id, [{ stage: "deliver", receiver, decision: verdict, reason }]);
  noteReceiver(ports, receiver, verdict === "failed");
}

/** Codes: `not_found`. */
export function deleteReceiver(ports: ProjectPorts, by: Principal, name: string): Result<null> {
  return ports.database.transaction(() => {
    const deleted = receivers.deleteReceiver(ports, by, name);
    if (deleted.ok) noteReceiver(ports, name);
    return deleted;
  });
}

const unknown = (id: number): Result<never> => fail("not_found", `There is no dead letter ${id}; GET /v1/dead-letters lists them.`);

/** Sends it again at once, with another day to arrive. Codes: `not_found`. */
export function retryDeadLetter(ports: ProjectPorts, by: Principal, id: number): Result<null> {
  return ports.database.transaction(() => {
    const receiver = letters.receiverOfDeadLetter(ports.database, id);
    if (receiver === null) return unknown(id);
    letters.retryDeadLetter(ports.database, id, ports.now());
    recordAudit(ports, by, "dead-letter.retry", `${id} to ${receiver}`);
    return ok(null);
  });
}

/** Codes: `not_found`. */
export function discardDeadLetter(ports: ProjectPorts, by: Principal, id: number): Result<null> {
  return ports.database.transaction(() => {
    const receiver = letters.receiverOfDeadLetter(ports.database, id);
    if (receiver === null) return unknown(id);
    letters.discardDeadLetter(ports.database, id);
    recordAudit(ports, by, "dead-letter.discard", `${id} to ${receiver}`);
    noteReceiver(ports, receiver);
    return ok(null);
  });
}
