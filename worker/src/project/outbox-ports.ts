import type { FoldPorts } from "../alerting/fold.ts";
import { receiverNamed } from "./on-call/contacts.ts";
import type { ProjectPorts } from "./project-ports.ts";
import { recordTrace } from "./trace.ts";

/** What the outbox needs of the project: who receives, and where it is told what became of an alert. */
export const outboxPorts = (ports: ProjectPorts): FoldPorts => ({
  database: ports.database,
  now: ports.now,
  receiver: (name) => receiverNamed(ports, name),
  trace: (alertId, decision) => recordTrace(ports, alertId, [decision]),
  ...(ports.foldsFrom === undefined ? {} : { foldsFrom: ports.foldsFrom }),
});
