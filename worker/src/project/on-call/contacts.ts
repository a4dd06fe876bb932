import type { EmailIntegration, Integration, Receiver } from "@sightline/shared/alerting/receiver";
import type { ProjectPorts } from "../project-ports.ts";
import { findReceiver, listReceivers } from "../receivers.ts";
import { findUser } from "../users.ts";

/** People have a receiver of their own, whose name no configured one can have. */
export const personalReceiver = (user: string): string => `@${user}`;

export interface Contacts {
  readonly integrations: readonly Integration[];
  /** Contacts that cannot be used, each with why. */
  readonly faults: readonly string[];
}

const isAddress = (value: string): boolean => /^https?:\/\//.test(value);

/** An integration to one person: mail and Slack use the account that some receiver of the project is configured with. */
function integrationFor(receivers: readonly Receiver[], kind: string, value: string): Integration | string {
  const all = receivers.flatMap(({ integrations }) => integrations);
  switch (kind) {
    case "email": {
      const account = all.find((one): one is EmailIntegration => one.type === "email");
      return account === undefined ? `no receiver has mail settings to reach ${value} by` : { ...account, to: [value], sendResolved: true };
    }
    case "slack": {
      if (isAddress(value)) return { type: "slack", url: value, sendResolved: true };
      const bot = all.find((one) => one.type === "slack" && one.botToken !== undefined);
      return bot?.type === "slack" && bot.botToken !== undefined
        ? { type: "slack", botToken: bot.botToken, channel: value, sendResolved: true }
        : `no receiver has a Slack bot token to reach ${value} by`;
    }
    case "webhook":
    case "discord":
    case "teams":
      return isAddress(value) ? { type: kind, url: value, sendResolved: true } : `${kind} needs a URL, not ${JSON.stringify(value)}`;
    case "pagerduty":
      return { type: "pagerduty", routingKey: value, sendResolved: true };
    case "opsgenie":
      return { type: "opsgenie", apiKey: value, sendResolved: true };
    default:
      return `contacts of the kind ${JSON.stringify(kind)} are not told of alerts; there are email, slack, webhook, discord, teams, pagerduty and opsgenie`;
  }
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
