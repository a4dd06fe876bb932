import type { Integration } from "@sightline/shared/alerting/receiver";
import type { Template } from "@sightline/shared/template/ast";
import type { DeliveryOutcome } from "../delivery-outcome.ts";
import type { GroupNotification } from "../group-notification.ts";
import { type OutboundPolicy, refusalOf } from "../outbound-address.ts";
import { expander } from "../templates/template-set.ts";
import { type HttpPorts, sendHttp } from "../transport/send-http.ts";
import { type SmtpPorts, sendSmtp } from "../transport/send-smtp.ts";
import { kindOf } from "./kinds.ts";

export interface SendPorts extends HttpPorts, SmtpPorts {
  readonly policy: OutboundPolicy;
  readonly externalUrl: string;
  readonly definitions: () => Template["definitions"];
  readonly sha256: (text: string) => string;
  readonly hmacSha256: (key: string, text: string) => string;
}

/** What a header can carry and vendors keep: 255 printable characters. */
const headerKey = (key: string, sha256: (text: string) => string): string => (/^[\x21-\x7e]{1,255}$/.test(key) ? key : sha256(key));

/** Why an integration may not go where it says, in a sentence; null when it may. */
export const addressRefusal = (integration: Integration, policy: OutboundPolicy): string | null =>
  kindOf(integration.type)
    .reaches(integration)
    .map((url) => refusalOf(url.replace(/^smtp:/, "http:"), policy))
    .find((refusal) => refusal !== null) ?? null;

/** Makes the message and sends it. Addresses are judged again, because the policy may have changed since they were stored. */
export async function send(notification: GroupNotification, integration: Integration, ports: SendPorts): Promise<DeliveryOutcome> {
  const refusal = addressRefusal(integration, ports.policy);
  if (refusal !== null) return { outcome: "refused", reason: refusal };
  const kind = kindOf(integration.type);
  const { externalUrl, sha256, hmacSha256 } = ports;
  const nowMs = ports.now();
  const expand = expander(ports.definitions(), notification, externalUrl, nowMs);
  const request = kind.payloadOf(notification, integration, { externalUrl, nowMs, expand, sha256, hmacSha256 });
  if (request.transport === "smtp") return sendSmtp(request, ports);
  const headers = { ...request.headers, "idempotency-key": headerKey(notification.key, sha256) };
  return sendHttp({ ...request, headers }, kind.outcomeOf, ports);
}
