import type { Target } from "../alerting/flush-plan.ts";
import { findPolicy, listPolicies } from "./on-call/policies.ts";
import type { ProjectPorts } from "./project-ports.ts";
import { findReceiver, listReceivers } from "./receivers.ts";

/** The integrations that news for this name goes to; null when nobody bears it. */
export function targetsOf(ports: ProjectPorts, name: string): readonly Target[] | null {
  // Whom a policy reaches is known when its steps are taken; it wants to know of ends, to pass them on.
  if (findPolicy(ports, name) !== null) return [{ integration: 0, sendResolved: true }];
  const receiver = findReceiver(ports, name);
  return receiver?.integrations.map(({ sendResolved }, integration) => ({ integration, sendResolved })) ?? null;
}

/** Names that routes may lead to, besides the editor. */
export const knownNames = (ports: ProjectPorts): readonly string[] =>
  [...listReceivers(ports), ...listPolicies(ports)].map(({ name }) => name);
