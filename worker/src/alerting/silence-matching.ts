import type { Alert } from "@sightline/shared/model/alert";
import type { Labels } from "@sightline/shared/model/labels";
import type { Matcher } from "@sightline/shared/model/matcher";
import { matchesLabels } from "@sightline/shared/promql/matchers";
import type { Silence } from "../objects/rpc.ts";

type Labelled = Pick<Alert, "name" | "severity" | "labels">;

/** The labels an alert bears, its name among them, as Alertmanager shows them. */
export const shownLabels = (alert: Pick<Labelled, "name" | "labels">): Labels => ({ alertname: alert.name, ...alert.labels });

/** What matchers of routes, silences and inhibition look at: its labels, and its severity where no label says one. */
export const matchedLabels = (alert: Labelled): Labels => ({ severity: alert.severity, ...shownLabels(alert) });

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
  matchesLabels(matchersOf(silence), matchedLabels(alert));

/** Those in force that match the alert. */
export const silencesOf = (alert: Labelled, silences: readonly Silence[], nowMs: number): readonly Silence[] =>
  silences.filter((silence) => inForce(silence, nowMs) && silenceMatches(silence, alert));

/** Ms until which an alert is silenced by those in force, null when it is not. */
export function silencedUntil(alert: Labelled, silences: readonly Silence[], nowMs: number): number | null {
  const ends = silencesOf(alert, silences, nowMs).map(({ endsAt }) => endsAt);
  return ends.length === 0 ? null : Math.max(...ends);
}
