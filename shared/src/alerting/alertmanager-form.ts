/** Our routes and receivers as an alertmanager.yml says them: what `readAlertmanagerFile` reads, the other way round. Without secrets. */
import { SECRET_SHOWN, type Integration, type Receiver, withoutPath } from "./receiver.ts";
import { routingForm } from "./routing-form.ts";
import type { RoutingConfig } from "./routing.ts";

type Fields = Readonly<Record<string, unknown>>;

const said = (fields: Fields): Fields => Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
const hidden = (secret: string | undefined): string | undefined => (secret === undefined ? undefined : SECRET_SHOWN);

/** The list of the receiver that the integration stands in, and its fields; null for what Alertmanager has no word for. */
function configOf(integration: Integration): readonly [kind: string, fields: Fields] | null {
  const common = { send_resolved: integration.sendResolved };
  switch (integration.type) {
    case "webhook": {
      const { url, maxAlerts, authorization } = integration;
      const http_config = authorization === undefined ? undefined : { authorization: { credentials: SECRET_SHOWN } };
      // Whoever has the address can post to it, and often a token stands in it: Alertmanager hides it, too.
      return ["webhook_configs", { ...common, url: withoutPath(url), max_alerts: maxAlerts, http_config }];
    }
    case "slack": {
      const { url, botToken, channel, title, text } = integration;
      const http_config = botToken === undefined ? undefined : { authorization: { credentials: SECRET_SHOWN } };
      const api_url = url === undefined ? "https://slack.com/api/chat.postMessage" : SECRET_SHOWN;
      return ["slack_configs", { ...common, api_url, channel, title, text, http_config }];
    }
    case "discord":
      return ["discord_configs", { ...common, webhook_url: SECRET_SHOWN, title: integration.title, message: integration.text }];
    case "teams":
      return ["msteamsv2_configs", { ...common, webhook_url: SECRET_SHOWN, title: integration.title, text: integration.text }];
    case "pagerduty":
      return ["pagerduty_configs", { ...common, routing_key: SECRET_SHOWN, url: integration.url }];
    case "opsgenie":
      return ["opsgenie_configs", { ...common, api_key: SECRET_SHOWN, api_url: integration.url }];
    case "email": {
      const { to, from, smarthost, username, password, requireTls, subject, html, text } = integration;
      if (smarthost === undefined) return null;
      const headers = subject === undefined ? undefined : { Subject: subject };
      const account = { auth_username: username, auth_password: hidden(password), require_tls: requireTls };
      return ["email_configs", { ...common, to: to.join(", "), from, smarthost, ...account, headers, html, text }];
    }
  }
}

function receiverForm({ name, integrations }: Receiver): Fields {
  const lists: Record<string, Fields[]> = {};
  for (const integration of integrations) {
    const config = configOf(integration);
    if (config === null) continue;
    (lists[config[0]] ??= []).push(said(config[1]));
  }
  return { name, ...lists };
}

/** `others`: names that routes lead to and that are no receivers of Alertmanager's kind (the editor, escalation policies). */
export function alertmanagerForm(config: RoutingConfig, receivers: readonly Receiver[], others: readonly string[]): Fields {
  const { route, inhibit_rules = [], time_intervals = [] } = routingForm(config);
  return {
    route,
    ...(inhibit_rules.length === 0 ? {} : { inhibit_rules }),
    ...(time_intervals.length === 0 ? {} : { time_intervals }),
    receivers: [...others.map((name) => ({ name })), ...receivers.map(receiverForm)],
  };
}
