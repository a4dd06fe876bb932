import type { Target } from "../alerting/flush-plan.ts";
import type { ProjectPorts } from "./project-ports.ts";
import { listReceivers } from "./receivers.ts";

/** The integrations that news for this name goes to; null when nobody bears it. */
export function targetsOf(ports: ProjectPorts, name: string): readonly Target[] | null {
  const receiver = listReceivers(ports).find((each) => each.name === name);
  return receiver === undefined ? null : [{ integration: 0, sendResolved: receiver.sendResolved }];
}

/** Names that routes may lead to, besides the editor. */
export const knownNames = (ports: ProjectPorts): readonly string[] => listReceivers(ports).map(({ name }) => name);
