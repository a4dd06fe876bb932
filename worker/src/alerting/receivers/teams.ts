import type { TeamsIntegration } from "@sightline/shared/alerting/receiver";
import { shorten, shortenToFit } from "../shorten.ts";
import type { IntegrationKind } from "./integration-kind.ts";
import { gravest } from "./severity.ts";

/** Bytes of a message (https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/add-incoming-webhook: 28 KB). */
const MAX_BYTES = 28 * 1024;
const MAX_TITLE = 512;
/** Characters; if they take more bytes than there are, fewer. */
const MAX_TEXT = 20_000;

/** An adaptive card to a Workflows webhook ("When a Teams webhook request is received"). */
export const teams: IntegrationKind<TeamsIntegration> = {
  // Four requests a second.
  perMinute: 60,
  faultOf: () => null,
  reaches: ({ url }) => [url],
  payloadOf(notification, { url, title, text }, { expand, externalUrl }) {
    const { status, alerts } = notification;
    const severity = gravest(alerts);
    const colour = status === "resolved" ? "good" : severity === "info" ? "accent" : severity === "warning" ? "warning" : "attention";
    const heading = shorten(expand(title ?? '{{ template "msteams.default.title" . }}'), MAX_TITLE);
    const whole = expand(text ?? '{{ template "msteams.default.text" . }}', { max: MAX_TEXT });
    const message = (shown: string): string =>
      JSON.stringify({
        type: "message",
        attachments: [
          {
            contentType: "application/vnd.microsoft.card.adaptive",
            contentUrl: null,
            content: {
              $schema: "http://adaptivecards.io/schemas/adaptive-card.json",
              type: "AdaptiveCard",
              version: "1.4",
              msteams: { width: "Full" },
              body: [
                { type: "TextBlock", text: heading, size: "large", weight: "bolder", color: colour, wrap: true },
                { type: "TextBlock", text: shown, wrap: true },
              ],
              ...(externalUrl === "" ? {} : { actions: [{ type: "Action.OpenUrl", title: "Open Sightline", url: externalUrl }] }),
            },
          },
        ],
      });
    const fits = (shown: string): boolean => new TextEncoder().encode(message(shown)).length <= MAX_BYTES;
    return { transport: "http", url, headers: { "content-type": "application/json" }, body: message(shortenToFit(whole, fits)) };
  },
};
