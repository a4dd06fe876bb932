import type { Integration, Receiver } from "@sightline/shared/alerting/receiver";
import type { ProjectPorts } from "../project-ports.ts";
import { findReceiver, listReceivers } from "../receivers.ts";
import { findUser } from "../users.ts";
import { integrationFor } from "./contact-integration.ts";

/** People have a receiver of their own, whose name no configured one can have. */
export const personalReceiver = (user: string): string => `@${user}`;

export interface Contacts {
  readonly integrations: readonly Integration[];
  /** Contacts that cannot be used, each with why. */
  readonly faults: readonly string[];
}

/** How one person is told: their contacts, or the address of their account when they have none. */
export function contactsOf(ports: ProjectPorts, userId: string): Contacts {
  const user = findUser(ports, userId);
  if (user === null) return { integrations: [], faults: [`there is no user ${JSON.stringify(userId)}`] };
  const contacts = user.contacts.length > 0 ? user.contacts : user.email === "" ? [] : [{ kind: "email", value: user.email }];
  const receivers = listReceivers(ports);
  const found = contacts.map(({ kind, value }) => integrationFor(receivers, kind, value));
  return {
    integrations: found.filter((one) => typeof one !== "string"),
    faults: found.filter((one) => typeof one === "string"),
  };
}

/** The receiver of this name, a person's own included; null when nobody bears it. */
export function receiverNamed(ports: ProjectPorts, name: string): Receiver | null {
  if (!name.startsWith("@")) return findReceiver(ports, name);
  const { integrations } = contactsOf(ports, name.slice(1));
  return integrations.length === 0 ? null : { name, integrations };
}
