import type { Target } from "../alerting/flush-plan.ts";
import type { ProjectPorts } from "./project-ports.ts";
import { findReceiver, listReceivers } from "./receivers.ts";

/** The integrations that news for this name goes to; null when nobody bears it. */
export function targetsOf(ports: ProjectPorts, name: string): readonly Target[] | null {
  const receiver = findReceiver(ports, name);
  return receiver?.integrations.map(({ sendResolved }, integration) => ({ integration, sendResolved })) ?? null;
}

/** Names that routes may lead to, besides the editor. */
export const knownNames = (ports: ProjectPorts): readonly string[] => listReceivers(ports).map(({ name }) => name);
