import type { DiscordIntegration } from "@sightline/shared/alerting/receiver";
import { shorten } from "../shorten.ts";
import type { IntegrationKind } from "./integration-kind.ts";
import { colourOf } from "./severity.ts";

// https://discord.com/developers/docs/resources/message#embed-object-embed-limits; both together stay below the 6000 of a message.
const MAX_TITLE = 256;
const MAX_DESCRIPTION = 4096;

/** One embed: title, text, colour, time (https://discord.com/developers/docs/resources/webhook#execute-webhook). */
export const discord: IntegrationKind<DiscordIntegration> = {
  // 30 a minute and webhook.
  perMinute: 25,
  faultOf: () => null,
  reaches: ({ url }) => [url],
  payloadOf(notification, { url, title, text }, { expand, externalUrl }) {
    const embed = {
      title: shorten(expand(title ?? '{{ template "discord.default.title" . }}'), MAX_TITLE),
      description: expand(text ?? '{{ template "discord.default.message" . }}', { max: MAX_DESCRIPTION }),
      color: colourOf(notification.status, notification.alerts),
      timestamp: new Date(notification.createdAt).toISOString(),
      ...(externalUrl === "" ? {} : { url: externalUrl }),
    };
    // What came from an alert mentions nobody.
    const body = JSON.stringify({ embeds: [embed], allowed_mentions: { parse: [] } });
    return { transport: "http", url, headers: { "content-type": "application/json" }, body };
  },
  /** Seconds with a fraction, in the body (https://discord.com/developers/docs/topics/rate-limits). */
  outcomeOf(answer, plain) {
    const seconds = Number(/"retry_after"\s*:\s*([\d.]+)/.exec(answer.text)?.[1]);
    if (plain.outcome !== "failed" || answer.status !== 429 || !(seconds > 0)) return plain;
    return { ...plain, retryAfterMs: Math.max(plain.retryAfterMs ?? 0, Math.min(Math.ceil(seconds * 1000), 3_600_000)) };
  },
};
