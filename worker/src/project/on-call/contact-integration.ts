import type { EmailIntegration, Integration, Receiver } from "@sightline/shared/alerting/receiver";
import type { OutboundPolicy } from "../../alerting/outbound-address.ts";
import { headerFault } from "../../alerting/receivers/header-values.ts";
import { addressRefusal } from "../../alerting/receivers/send.ts";

const isAddress = (value: string): boolean => /^https?:\/\//.test(value);

/** An integration to one person, or why there is none: mail and Slack use the account that some receiver of the project is configured with. */
export function integrationFor(receivers: readonly Receiver[], kind: string, value: string): Integration | string {
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

/** Why a contact may not be told where it says, as of a receiver; null when it may. What it lacks to be told is said when somebody is to be. */
export function contactFault({ kind, value }: { readonly kind: string; readonly value: string }, policy: OutboundPolicy): string | null {
  const integration = integrationFor([], kind, value);
  return typeof integration === "string" ? null : (headerFault(integration) ?? addressRefusal(integration, policy));
}
