import type { SilenceRequest } from "@sightline/shared/api/responses";
import type { Alert } from "@sightline/shared/model/alert";
import { METRIC_NAME } from "@sightline/shared/model/labels";

/** A silence of exactly this alert: its rule and every label of it, from now on. */
export function silenceOf(alert: Alert, durationMs: number, nowMs: number): SilenceRequest {
  const exact = (name: string, value: string) => ({ name, value, isRegex: false, isEqual: true });
  const labels = Object.entries(alert.labels).filter(([name, value]) => name !== "alertname" && name !== METRIC_NAME && value !== "");
  return {
    matchers: [exact("alertname", alert.name), ...labels.map(([name, value]) => exact(name, value))],
    endsAt: nowMs + durationMs,
    comment: "Silenced from the editor",
  };
}
