import { z } from "@hono/zod-openapi";
import type { Receiver } from "@sightline/shared/alerting/receiver";
import { HttpFailure } from "./http-failure.ts";

const template = z.string().max(16_384).optional().openapi({ description: "Go template over Alertmanager's notification data" });
const secret = z.string().min(1).max(1024);
const url = z.string().min(1).max(2048);

const common = {
  sendResolved: z.boolean().default(true),
  maxPerMinute: z.number().int().min(1).max(6000).optional().openapi({ description: "What exceeds it waits and is merged by group" }),
};

const IntegrationBody = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("webhook"),
    url,
    secret: secret.optional().openapi({ description: "Key of the HMAC-SHA256 signature" }),
    authorization: secret.optional().openapi({ description: "The Authorization header, as it is" }),
    maxAlerts: z.number().int().min(0).optional(),
    ...common,
  }),
  z.strictObject({
    type: z.literal("slack"),
    url: url.optional(),
    botToken: secret.optional(),
    channel: z.string().min(1).max(128).optional(),
    title: template,
    text: template,
    ...common,
  }),
  z.strictObject({ type: z.literal("discord"), url: url.optional(), title: template, text: template, ...common }),
  z.strictObject({ type: z.literal("teams"), url: url.optional(), title: template, text: template, ...common }),
  z.strictObject({ type: z.literal("pagerduty"), routingKey: secret.optional(), url: url.optional(), ...common }),
  z.strictObject({ type: z.literal("opsgenie"), apiKey: secret.optional(), url: url.optional(), ...common }),
  z.strictObject({
    type: z.literal("email"),
    to: z.array(z.string().max(320)).min(1).max(50),
    from: z.string().max(320),
    smarthost: z.string().max(260).optional().openapi({ description: "host:port; port 465 speaks TLS from the first word" }),
    username: z.string().max(320).optional(),
    password: secret.optional(),
    requireTls: z.boolean().optional().openapi({ description: "true when absent: nothing is said before STARTTLS" }),
    url: url.optional().openapi({ description: "HTTP mail API taking Resend's JSON; https://api.resend.com/emails when absent" }),
    apiKey: secret.optional(),
    subject: template,
    html: template,
    text: template,
    ...common,
  }),
]);

/** Either integrations, or the short form of a single webhook. */
export const ReceiverBody = z.strictObject({
  integrations: z.array(IntegrationBody).max(20).optional(),
  url: z.url().max(2048).optional().openapi({ description: "Short form: of a single webhook" }),
  secret: secret.optional(),
  sendResolved: z.boolean().optional(),
});

/** Absent fields are absent, not undefined. */
const present = <T extends object>(value: T): T => Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as T;

/** Secrets that a put leaves out are put back by the project, which refuses what then is still missing. */
export function receiverOf(
  name: string,
  { integrations, url: webhookUrl, secret: key, sendResolved }: z.infer<typeof ReceiverBody>,
): Receiver {
  if (integrations === undefined) {
    if (webhookUrl === undefined)
      throw new HttpFailure(
        "bad_request",
        "A receiver has integrations: [{type, …}], or in short the url of one webhook. Nothing was changed.",
      );
    const webhook = {
      type: "webhook" as const,
      url: webhookUrl,
      sendResolved: sendResolved ?? true,
      ...(key === undefined ? {} : { secret: key }),
    };
    return { name, integrations: [webhook] };
  }
  if (webhookUrl !== undefined || key !== undefined || sendResolved !== undefined) {
    const message = "url, secret and sendResolved are the short form of one webhook and do not go with integrations. Nothing was changed.";
    throw new HttpFailure("bad_request", message);
  }
  // The schema's type has `| undefined` where the model's fields are absent; required secrets are put back or asked for by the project.
  return { name, integrations: integrations.map(present) as unknown as Receiver["integrations"] };
}
