import type { SlackIntegration } from "@sightline/shared/alerting/receiver";
import { shorten } from "../shorten.ts";
import { quoted } from "../transport/http-outcome.ts";
import type { IntegrationKind } from "./integration-kind.ts";
import { colourOf } from "./severity.ts";

const API = "https://slack.com/api/chat.postMessage";
// https://docs.slack.dev/reference/block-kit/blocks/section-block: 3000 characters of a section's text, 50 blocks a message.
const MAX_SECTION = 3000;
/** All blocks together: Slack answers msg_blocks_too_long from about 13,200 on, which it does not document (slackapi/bolt-js#2509). */
const MAX_TEXT = 10_000;
const MAX_TITLE = 1000;
/** Errors of chat.postMessage that pass. */
const PASSING = new Set(["ratelimited", "rate_limited", "internal_error", "fatal_error", "service_unavailable", "request_timeout"]);

const section = (text: string): Record<string, unknown> => ({ type: "section", text: { type: "mrkdwn", text } });

/** Parts of a section's size, broken between lines where there are any. */
function sectionsOf(text: string): string[] {
  const parts: string[] = [];
  let rest = text;
  while (rest.length > MAX_SECTION) {
    const line = rest.lastIndexOf("\n", MAX_SECTION);
    const end = line > MAX_SECTION / 2 ? line : MAX_SECTION;
    parts.push(rest.slice(0, end));
    rest = rest.slice(end).trimStart();
  }
  return rest === "" ? parts : [...parts, rest];
}

/** Block Kit inside an attachment, which alone has a colour (https://docs.slack.dev/messaging/formatting-message-text). */
export const slack: IntegrationKind<SlackIntegration> = {
  // One a second and channel (https://docs.slack.dev/apis/web-api/rate-limits).
  perMinute: 50,
  faultOf({ url, botToken, channel }) {
    if (url === undefined && botToken === undefined)
      return "a Slack integration needs the url of an incoming webhook, or a botToken and a channel";
    return botToken !== undefined && channel === undefined ? "a botToken needs the channel to post to, such as #alerts or its id" : null;
  },
  reaches: ({ url }) => [url ?? API],
  payloadOf(notification, { url, botToken, channel, title, text }, { expand, externalUrl }) {
    const heading = shorten(expand(title ?? '{{ template "slack.default.title" . }}', { form: "slack" }), MAX_TITLE);
    const body = expand(text ?? '{{ template "slack.default.text" . }}', { form: "slack", max: MAX_TEXT });
    const linked = externalUrl === "" ? `*${heading}*` : `*<${externalUrl}|${heading.replaceAll("|", "¦")}>*`;
    const colour = `#${colourOf(notification.status, notification.alerts).toString(16).padStart(6, "0")}`;
    const message = {
      ...(channel === undefined ? {} : { channel }),
      // What notifications on phones show, and what is read aloud.
      text: heading,
      attachments: [{ color: colour, fallback: heading, blocks: [section(linked), ...sectionsOf(body).map(section)] }],
    };
    const headers: Record<string, string> = { "content-type": "application/json; charset=utf-8" };
    if (botToken !== undefined) headers["authorization"] = `Bearer ${botToken}`;
    return { transport: "http", url: url ?? API, headers, body: JSON.stringify(message) };
  },
  /** The Web API says 200 to everything and tells in the body. */
  outcomeOf(answer, plain) {
    if (plain.outcome !== "delivered") return plain;
    const said = /"ok"\s*:\s*false/.test(answer.text) ? (/"error"\s*:\s*"([^"]*)"/.exec(answer.text)?.[1] ?? "") : null;
    if (said === null) return plain;
    const reason = said === "" ? `answered ok: false${quoted(answer.text)}` : `Slack says ${said}`;
    return { outcome: PASSING.has(said) ? "failed" : "refused", status: answer.status, reason };
  },
};
