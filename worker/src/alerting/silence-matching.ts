import type { Alert } from "@sightline/shared/model/alert";
import type { Labels } from "@sightline/shared/model/labels";
import type { Matcher } from "@sightline/shared/model/matcher";
import { matchesLabels } from "@sightline/shared/promql/matchers";
import type { Silence } from "../objects/rpc.ts";

/** The labels people write matchers against: the alert's own, its name and its severity, as Alertmanager shows them. */
export const alertLabels = (alert: Pick<Alert, "name" | "severity" | "labels">): Labels => ({
  alertname: alert.name,
  severity: alert.severity,
  ...alert.labels,
});

export function matchersOf(silence: Pick<Silence, "matchers">): readonly Matcher[] {
  return silence.matchers.map(({ name, value, isRegex, isEqual }) => ({
    name,
    value,
    op: isRegex ? (isEqual ? "=~" : "!~") : isEqual ? "=" : "!=",
  }));
}

/** Ms until which an alert is silenced by those in force, null when it is not. */
export function silencedUntil(
  alert: Pick<Alert, "name" | "severity" | "labels">,
  silences: readonly Silence[],
  nowMs: number,
): number | null {
  const labels = alertLabels(alert);
  let until: number | null = null;
  for (const silence of silences) {
    if (silence.startsAt > nowMs || silence.endsAt <= nowMs || !matchesLabels(matchersOf(silence), labels)) continue;
    until = Math.max(until ?? 0, silence.endsAt);
  }
  return until;
}
