import { UNTOUCHED } from "@sightline/shared/model/alert";
import type { GroupNotification } from "./group-notification.ts";

/** A notification of nothing in particular: what the test button sends, and what templates are tried on before they are put. */
export function sampleNotification(receiver: string, integration: number, nowMs: number): GroupNotification {
  const alert = {
    id: "test",
    fingerprint: "test",
    name: "SightlineTest",
    severity: "info" as const,
    state: "firing" as const,
    value: 1,
    threshold: null,
    condition: "somebody pressed the test button",
    labels: { receiver },
    annotations: { summary: "This is a test of a receiver; nothing is wrong." },
    activeAt: nowMs,
    firedAt: nowMs,
    ...UNTOUCHED,
    resolvedAt: null,
    silencedUntil: null,
    triggerCount: 1,
    recommendations: [],
  };
  return {
    key: `test/${receiver}/${integration}/${nowMs}`,
    receiver,
    integration,
    groupKey: '{}:{alertname="SightlineTest"}',
    groupLabels: { alertname: "SightlineTest" },
    status: "firing",
    alerts: [alert],
    truncatedAlerts: 0,
    reason: "test",
    createdAt: nowMs,
  };
}
