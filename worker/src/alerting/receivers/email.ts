import type { EmailIntegration } from "@sightline/shared/alerting/receiver";
import { shorten } from "../shorten.ts";
import { bareAddress } from "../transport/mail-message.ts";
import type { IntegrationKind } from "./integration-kind.ts";

const API = "https://api.resend.com/emails";
const SUBMISSION_PORT = 587;
const MAX_SUBJECT = 250;
/** What Gmail shows before it clips a mail at 102 KB. */
const MAX_BODY = 90_000;

/** `host`, `host:port` or `[v6]:port`. */
function hostAndPort(smarthost: string): { readonly host: string; readonly port: number } {
  const [, host = smarthost, port] = /^(.*?)(?::(\d+))?$/.exec(smarthost) ?? [];
  return { host: host.replaceAll(/^\[|\]$/g, ""), port: port === undefined ? SUBMISSION_PORT : Number(port) };
}

const isAddress = (mailbox: string): boolean => /^[^\s<>,;:@"]+@[^\s<>,;:@"]+$/.test(bareAddress(mailbox)) && !/\p{Cc}/u.test(mailbox);

/** Through a mail server, or through an HTTP API that takes Resend's JSON (https://resend.com/docs/api-reference/emails/send-email). */
export const email: IntegrationKind<EmailIntegration> = {
  perMinute: 30,
  faultOf({ to, from, smarthost, url, apiKey, username, password }) {
    if (to.length === 0 || to.length > 50) return "a mail goes to at least 1 and at most 50 addresses";
    const wrong = [from, ...to].find((mailbox) => !isAddress(mailbox));
    if (wrong !== undefined) return `${JSON.stringify(wrong)} is no mail address; write a@example.org or Name <a@example.org>`;
    const throughApi = url !== undefined || apiKey !== undefined;
    if ((smarthost !== undefined) === throughApi) return "a mail needs either a smarthost (host:port) or the apiKey of an HTTP mail API";
    if (throughApi && apiKey === undefined) return "the HTTP mail API needs an apiKey";
    if (smarthost !== undefined && !/^(?:[A-Za-z0-9._-]+|\[[0-9a-fA-F:.]+\])(?::\d{1,5})?$/.test(smarthost))
      return "smarthost is written host:port";
    return (username === undefined) === (password === undefined) ? null : "username and password come together";
  },
  reaches: ({ smarthost, url }) => [smarthost === undefined ? (url ?? API) : `smtp://${smarthost}`],
  payloadOf(notification, integration, { expand, nowMs, sha256 }) {
    const { to, from, smarthost, username, password, requireTls = true, url = API, apiKey = "" } = integration;
    const subject = shorten(expand(integration.subject ?? '{{ template "email.default.subject" . }}'), MAX_SUBJECT);
    const text = expand(integration.text ?? '{{ template "email.default.text" . }}', { max: MAX_BODY });
    const html = expand(integration.html ?? '{{ template "email.default.html" . }}', { form: "html", max: MAX_BODY });
    const domain = bareAddress(from).split("@").at(-1) ?? "sightline.invalid";
    const messageId = `${sha256(notification.key).slice(0, 32)}@${domain}`;
    const threadId = `${sha256(notification.groupKey).slice(0, 32)}@${domain}`;
    if (smarthost !== undefined) {
      const credentials = username === undefined || password === undefined ? null : { username, password };
      const message = { from, to, subject, text, html, date: nowMs, messageId, threadId };
      return { transport: "smtp", ...hostAndPort(smarthost), credentials, requireTls, message };
    }
    const body = JSON.stringify({ from, to, subject, html, text, headers: { References: `<${threadId}>` } });
    return { transport: "http", url, headers: { "content-type": "application/json", authorization: `Bearer ${apiKey}` }, body };
  },
};
