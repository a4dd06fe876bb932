import { type Result, fail, ok } from "../model/result.ts";

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

/** Fields that go in and never come out: shown as `<secret>`, which put back, or left out, keeps what is there. */
export const SECRET_FIELDS = ["secret", "authorization", "botToken", "routingKey", "apiKey", "password"] as const;

export const SECRET_SHOWN = "<secret>";

/** Vendors whose webhook's address is its key. */
const SECRET_URLS: readonly Integration["type"][] = ["slack", "discord", "teams"];

/** An address of which only the host is told: still a URL, which amtool before 0.26 wants of a webhook. */
export const withoutPath = (url: string): string => `${/^[a-z]+:\/\/[^/?#]*/i.exec(url)?.[0] ?? ""}/${SECRET_SHOWN}`;

/** The integration as it may be shown. */
export function withoutSecrets(integration: Integration): Integration {
  const shown: Record<string, unknown> = { ...integration };
  for (const field of SECRET_FIELDS) if (shown[field] !== undefined) shown[field] = SECRET_SHOWN;
  const { url } = shown;
  if (SECRET_URLS.includes(integration.type) && typeof url === "string") {
    shown["url"] = withoutPath(url);
  }
  // The same fields with other texts in them.
  return shown as unknown as Integration;
}

const isShown = (value: unknown): boolean => typeof value === "string" && value.endsWith(SECRET_SHOWN);

/** Where a secret would be sent: one that was given for one place is not sent to another. */
const placeOf = (integration: Readonly<Record<string, unknown>>): string => {
  const { url, smarthost } = integration;
  return typeof smarthost === "string" ? smarthost : typeof url === "string" ? (/^[a-z]+:\/\/[^/?#]*/i.exec(url)?.[0] ?? "") : "";
};

/** Without these an integration reaches nobody. */
const NEEDED: Readonly<Partial<Record<Integration["type"], string>>> = {
  webhook: "url",
  discord: "url",
  teams: "url",
  pagerduty: "routingKey",
  opsgenie: "apiKey",
};

/**
 * The integration with the secrets that `before`, in the same place of the same receiver, had and it leaves out. A
 * secret that is sent stays with the address it was given for. Failure `bad_request`, naming what stays missing.
 */
export function withSecretsOf(integration: Integration, before: Integration | undefined): Result<Integration> {
  const given: Record<string, unknown> = { ...integration };
  const kept: Readonly<Record<string, unknown>> = before?.type === integration.type ? { ...before } : {};
  const secretUrl = SECRET_URLS.includes(integration.type);
  // An alertmanager.yml as we show it hides a webhook's address, too.
  if (isShown(given["url"]) || (secretUrl && given["url"] === undefined && given["botToken"] === undefined)) {
    given["url"] = kept["url"];
    if (kept["url"] === undefined) delete given["url"];
  }
  const missing: string[] = [];
  for (const field of SECRET_FIELDS) {
    const said = given[field];
    if (said !== undefined && !isShown(said)) continue;
    delete given[field];
    // What only signs is not told to the place it signs for.
    if (kept[field] !== undefined && (field === "secret" || placeOf(given) === placeOf(kept))) given[field] = kept[field];
    else if (said !== undefined) missing.push(field);
  }
  const needed = NEEDED[integration.type];
  if (needed !== undefined && given[needed] === undefined && !missing.includes(needed)) missing.push(needed);
  if (missing.length > 0) {
    const kept = "secrets are kept only while the integration's place, type and address stay as they are";
    return fail("bad_request", `it needs ${missing.join(" and ")}; ${kept}.`);
  }
  // The same fields with other texts in them.
  return ok(given as unknown as Integration);
}
