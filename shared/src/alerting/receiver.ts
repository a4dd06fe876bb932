/** Where notifications go. A receiver has a name, by which routes speak of it, and one or more integrations. */
export interface Receiver {
  readonly name: string;
  readonly integrations: readonly Integration[];
}

interface Common {
  /** Whether the end of an alert is told too. */
  readonly sendResolved: boolean;
  /** Notifications a minute; absent: the integration's default. What exceeds it waits and is counted. */
  readonly maxPerMinute?: number;
}

/** Alertmanager's v4 payload, signed with HMAC-SHA256 when a secret is set. */
export interface WebhookIntegration extends Common {
  readonly type: "webhook";
  readonly url: string;
  readonly secret?: string;
  /** Alerts in one message; the rest is counted as truncated. 0 or absent: all that fit. */
  readonly maxAlerts?: number;
  /** Of the `Authorization` header, for receivers that want one: sent as it is. */
  readonly authorization?: string;
}

/** Incoming webhook (`url`), or `chat.postMessage` with a bot token and a channel. Texts are Go templates. */
export interface SlackIntegration extends Common {
  readonly type: "slack";
  readonly url?: string;
  readonly botToken?: string;
  readonly channel?: string;
  readonly title?: string;
  readonly text?: string;
}

export interface DiscordIntegration extends Common {
  readonly type: "discord";
  readonly url: string;
  readonly title?: string;
  readonly text?: string;
}

/** Microsoft Teams: a Workflows webhook taking an adaptive card. */
export interface TeamsIntegration extends Common {
  readonly type: "teams";
  readonly url: string;
  readonly title?: string;
  readonly text?: string;
}

/** Events API v2. */
export interface PagerDutyIntegration extends Common {
  readonly type: "pagerduty";
  readonly routingKey: string;
  /** https://events.pagerduty.com when absent. */
  readonly url?: string;
}

/** Alert API v2. */
export interface OpsgenieIntegration extends Common {
  readonly type: "opsgenie";
  readonly apiKey: string;
  /** https://api.opsgenie.com when absent. */
  readonly url?: string;
}

/** SMTP (`smarthost` as host:port), or an HTTP mail API taking Resend's JSON (`url`, `apiKey`). */
export interface EmailIntegration extends Common {
  readonly type: "email";
  readonly to: readonly string[];
  readonly from: string;
  readonly smarthost?: string;
  readonly username?: string;
  readonly password?: string;
  readonly requireTls?: boolean;
  readonly url?: string;
  readonly apiKey?: string;
  readonly subject?: string;
  readonly html?: string;
  readonly text?: string;
}

export type Integration =
  | WebhookIntegration
  | SlackIntegration
  | DiscordIntegration
  | TeamsIntegration
  | PagerDutyIntegration
  | OpsgenieIntegration
  | EmailIntegration;

/** Fields that go in and never come out: shown as whether they are set. */
export const SECRET_FIELDS = ["secret", "authorization", "botToken", "routingKey", "apiKey", "password"] as const;
