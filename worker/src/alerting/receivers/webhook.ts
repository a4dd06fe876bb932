import type { WebhookIntegration } from "@sightline/shared/alerting/receiver";
import { groupView } from "../group-view.ts";
import type { IntegrationKind } from "./integration-kind.ts";

/** Go's zero time, as Alertmanager writes the end of what has not ended. */
const NOT_ENDED = "0001-01-01T00:00:00Z";

/**
 * Alertmanager's webhook payload, version 4 (https://prometheus.io/docs/alerting/latest/configuration/#webhook_config).
 * Signed with hex HMAC-SHA256 over `timestamp.body`: the timestamp too, so that a captured message cannot be replayed later.
 */
export const webhook: IntegrationKind<WebhookIntegration> = {
  perMinute: 600,
  faultOf: () => null,
  reaches: ({ url }) => [url],
  payloadOf(notification, { url, secret, authorization, maxAlerts = 0 }, { externalUrl, nowMs, hmacSha256 }) {
    const { key, receiver, groupKey, groupLabels, status } = notification;
    const kept = maxAlerts > 0 ? notification.alerts.slice(0, maxAlerts) : notification.alerts;
    // What is common is so of all alerts, those left out included.
    const { commonLabels, commonAnnotations } = groupView(notification, externalUrl);
    const body = JSON.stringify({
      version: "4",
      groupKey,
      truncatedAlerts: notification.truncatedAlerts + notification.alerts.length - kept.length,
      status,
      receiver,
      groupLabels,
      commonLabels,
      commonAnnotations,
      externalURL: externalUrl,
      alerts: groupView({ ...notification, alerts: kept }, externalUrl).alerts.map((alert) => ({
        status: alert.status,
        labels: alert.labels,
        annotations: alert.annotations,
        startsAt: new Date(alert.startsAt).toISOString(),
        endsAt: alert.endsAt === null ? NOT_ENDED : new Date(alert.endsAt).toISOString(),
        generatorURL: alert.generatorUrl,
        fingerprint: alert.fingerprint,
        // Ours alone: who is told in person acknowledges here.
        ...(alert.acknowledgeUrl === "" ? {} : { acknowledgeURL: alert.acknowledgeUrl }),
      })),
      ...(notification.remark === undefined ? {} : { remark: notification.remark }),
    });
    const timestamp = Math.floor(nowMs / 1000);
    const headers: Record<string, string> = {
      "content-type": "application/json",
      "idempotency-key": key,
      "x-sightline-timestamp": String(timestamp),
    };
    if (secret !== undefined) headers["x-sightline-signature"] = `sha256=${hmacSha256(secret, `${timestamp}.${body}`)}`;
    if (authorization !== undefined) headers["authorization"] = authorization;
    return { transport: "http", url, headers, body };
  },
};
