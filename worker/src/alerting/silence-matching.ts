import type { Alert } from "@sightline/shared/model/alert";
import type { Labels } from "@sightline/shared/model/labels";
import type { Matcher } from "@sightline/shared/model/matcher";
import { matchesLabels } from "@sightline/shared/promql/matchers";
import type { Silence } from "../objects/rpc.ts";

type Labelled = Pick<Alert, "name" | "severity" | "labels">;

/** The labels people write matchers against: the alert's own, its name and its severity, as Alertmanager shows them. */
export const alertLabels = (alert: Labelled): Labels => ({
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

const inForce = ({ startsAt, endsAt }: Silence, nowMs: number): boolean => startsAt <= nowMs && endsAt > nowMs;

/** Whether its matchers match, in force or not. */
export const silenceMatches = (silence: Pick<Silence, "matchers">, alert: Labelled): boolean =>
  matchesLabels(matchersOf(silence), alertLabels(alert));

/** Those in force that match the alert. */
export const silencesOf = (alert: Labelled, silences: readonly Silence[], nowMs: number): readonly Silence[] =>
  silences.filter((silence) => inForce(silence, nowMs) && silenceMatches(silence, alert));

/** Ms until which an alert is silenced by those in force, null when it is not. */
export function silencedUntil(alert: Labelled, silences: readonly Silence[], nowMs: number): number | null {
  const ends = silencesOf(alert, silences, nowMs).map(({ endsAt }) => endsAt);
  return ends.length === 0 ? null : Math.max(...ends);
}
