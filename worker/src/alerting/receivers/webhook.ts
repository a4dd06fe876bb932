import type { WebhookReceiver } from "../../objects/rpc.ts";
import type { DeliveryOutcome } from "../delivery.ts";
import type { Notification } from "../notification.ts";
import { type OutboundPolicy, refusalOf } from "../outbound-address.ts";
import { alertLabels } from "../silence-matching.ts";

const TIMEOUT_MS = 10_000;

/** Alertmanager's webhook payload, version 4 (https://prometheus.io/docs/alerting/latest/configuration/#webhook_config). */
function webhookPayload(receiver: WebhookReceiver, { alert, kind }: Notification): Record<string, unknown> {
  const labels = alertLabels(alert);
  const status = kind === "resolved" ? "resolved" : "firing";
  return {
    version: "4",
    groupKey: `{}:{alertname=${JSON.stringify(alert.name)}}`,
    truncatedAlerts: 0,
    status,
    receiver: receiver.name,
    groupLabels: { alertname: alert.name },
    commonLabels: labels,
    commonAnnotations: alert.annotations,
    externalURL: "",
    alerts: [
      {
        status,
        labels,
        annotations: alert.annotations,
        startsAt: new Date(alert.firedAt ?? alert.activeAt).toISOString(),
        // Go's zero time, as Alertmanager writes the end of what has not ended.
        endsAt: alert.resolvedAt === null ? "0001-01-01T00:00:00Z" : new Date(alert.resolvedAt).toISOString(),
        generatorURL: "",
        fingerprint: alert.id,
      },
    ],
  };
}

/** Hex HMAC-SHA256 over `timestamp.body`: the timestamp is signed too, so that a captured message cannot be replayed later. */
async function signatureOf(secret: string, timestampSeconds: number, body: string): Promise<string> {
  const encoder = new TextEncoder();
  const key = await crypto.subtle.importKey("raw", encoder.encode(secret), { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  const mac = new Uint8Array(await crypto.subtle.sign("HMAC", key, encoder.encode(`${timestampSeconds}.${body}`)));
  return Array.from(mac, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function outcomeOf(response: Response): DeliveryOutcome {
  const { status } = response;
  if (status >= 200 && status < 300) return { outcome: "delivered" };
  if (status >= 300 && status < 400)
    return { outcome: "refused", reason: `answered ${status}: redirects are not followed, give the final URL` };
  if (status !== 408 && status !== 429 && status < 500) return { outcome: "refused", reason: `answered ${status}` };
  const seconds = Number(response.headers.get("retry-after"));
  const wait = Number.isFinite(seconds) && seconds > 0 ? { retryAfterMs: Math.min(seconds, 3600) * 1000 } : {};
  return { outcome: "failed", reason: `answered ${status}`, ...wait };
}

export interface WebhookContext {
  readonly nowMs: number;
  readonly policy: OutboundPolicy;
  readonly send: (url: string, init: RequestInit) => Promise<Response>;
  /** Resolves after `ms`, rejects when the signal aborts: a timer left behind would keep the object awake. */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** One POST. `send` is fetch; the URL is checked again, because the policy may have changed since it was stored. */
export async function postWebhook(
  receiver: WebhookReceiver,
  notification: Notification,
  context: WebhookContext,
): Promise<DeliveryOutcome> {
  const refusal = refusalOf(receiver.url, context.policy);
  if (refusal !== null) return { outcome: "refused", reason: refusal };
  const body = JSON.stringify(webhookPayload(receiver, notification));
  const timestamp = Math.floor(context.nowMs / 1000);
  const headers: Record<string, string> = {
    "content-type": "application/json",
    "user-agent": "Sightline",
    "idempotency-key": notification.key,
    "x-sightline-timestamp": String(timestamp),
  };
  if (receiver.secret !== undefined) headers["x-sightline-signature"] = `sha256=${await signatureOf(receiver.secret, timestamp, body)}`;
  const answered = new AbortController();
  const given = new AbortController();
  const deadline = context.wait(TIMEOUT_MS, answered.signal).then(
    () => given.abort(new Error(`no answer within ${TIMEOUT_MS / 1000} s`)),
    () => undefined,
  );
  try {
    const response = await context.send(receiver.url, { method: "POST", headers, body, redirect: "manual", signal: given.signal });
    const outcome = outcomeOf(response);
    await response.body?.cancel();
    return outcome;
  } catch (error) {
    return { outcome: "failed", reason: error instanceof Error ? error.message : String(error) };
  } finally {
    answered.abort();
    await deadline;
  }
}
