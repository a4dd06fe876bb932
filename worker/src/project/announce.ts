import type { TraceDecision, TracedTransition } from "@sightline/shared/alerting/trace";
import type { Alert, AlertTransition } from "@sightline/shared/model/alert";
import { spokenDuration } from "@sightline/shared/model/duration";
import { isSource } from "../alerting/inhibition.ts";
import { EDITOR, type Notification, type NotificationKind } from "../alerting/notification.ts";
import { enqueue } from "../alerting/outbox.ts";
import { silencedUntil } from "../alerting/silence-matching.ts";
import type { Silence } from "../objects/rpc.ts";
import { groupsOfAlert, joinGroups, touchGroups, touchHeld } from "./alert-groups.ts";
import { type StoredAlert, heldWhileFiring } from "./alert-lifecycle.ts";
import type { AlertChange } from "./alert-store.ts";
import { correlate } from "./incidents/correlate.ts";
import { releaseSuppressed } from "./incidents/suppression.ts";
import { type ProjectPorts, newId } from "./project-ports.ts";
import { type Routing, readRouting } from "./routing.ts";
import { listSilences } from "./silences.ts";
import { recordTrace, recordTransition } from "./trace.ts";

export const withSilence = (alert: StoredAlert, silences: readonly Silence[], nowMs: number): Alert => ({
  ...heldWhileFiring(alert),
  silencedUntil: alert.state === "resolved" ? null : silencedUntil(alert, silences, nowMs),
});

/** Inside a transaction: the editor hears of each alert by itself and at once, held or not, so that its lists stay true. What holds it back is judged when it is sent (`editor-verdict.ts`). */
export function tellEditor(
  ports: ProjectPorts,
  news: readonly (Pick<Notification, "previous" | "kind" | "remark"> & { readonly alert: StoredAlert })[],
  silences: readonly Silence[] = listSilences(ports),
): void {
  const nowMs = ports.now();
  const notifications = news.map(({ alert, ...rest }): Notification => ({
    ...rest,
    key: `${alert.id}/${rest.kind}/${newId(ports)}/${EDITOR}`,
    receiver: EDITOR,
    alert: withSilence(alert, silences, nowMs),
  }));
  enqueue(ports.database, notifications, nowMs);
}

function sentenceOf({ from, to, at, activeAt, value, threshold }: AlertTransition): string {
  const against = threshold === null ? "" : ` against ${threshold}`;
  if (to === "pending") return `the condition holds since now, with ${value}${against}`;
  if (to === "inactive") return "the condition ended before it had held for long enough";
  if (to === "resolved") return `the condition no longer holds, after ${spokenDuration(at - activeAt)}`;
  if (from === "firing") return `it goes on firing; the last good value is ${value}`;
  return at > activeAt
    ? `the condition has held for ${spokenDuration(at - activeAt)}, with ${value}${against}`
    : `the condition holds, with ${value}${against}`;
}

const traced = (transition: AlertTransition): TracedTransition => ({
  at: transition.at,
  from: transition.from,
  to: transition.to,
  value: transition.value,
  threshold: transition.threshold,
  severity: transition.severity,
  reason: transition.reason ?? sentenceOf(transition),
});

/** Pending alerts are nobody's news yet, nor is the end of one that never fired. */
const isNews = ({ state, firedAt }: StoredAlert): boolean => state !== "pending" && (state !== "resolved" || firedAt !== null);

/** What follows for the groups from an alert's new state. */
function regroup(ports: ProjectPorts, routing: Routing, { alert, previous }: AlertChange): readonly TraceDecision[] {
  if (alert.state === "firing") return joinGroups(ports, routing, alert);
  if (alert.state !== "resolved") return [];
  const groups = groupsOfAlert(ports, alert);
  touchGroups(ports, routing, groups);
  if (groups.length > 0 || previous === "firing" || previous === "acknowledged") return [];
  return [{ stage: "route", decision: "held", reason: "it was over before anybody could be told that it began" }];
}

/** Inside the transaction of the changes: incidents, the editor's news, the groups that must look again, and the trace. */
export function announce(ports: ProjectPorts, happened: readonly AlertChange[]): void {
  if (happened.length === 0) return;
  const changes = correlate(ports, happened);
  const routing = readRouting(ports);
  for (const change of changes) {
    const { alert, previous, transition } = change;
    const moved = alert.state !== previous;
    const decisions = moved && isNews(alert) ? regroup(ports, routing, change) : [];
    if (transition === undefined) recordTrace(ports, alert.id, decisions);
    else recordTransition(ports, alert.id, traced(transition), decisions);
  }
  const isEnd = ({ alert, previous }: AlertChange): boolean => alert.state === "resolved" && previous !== "resolved";
  if (changes.some((change) => isEnd(change) && isSource(routing.config.inhibitRules, change.alert))) touchHeld(ports, routing, "inhibit");
  if (changes.some(isEnd)) releaseSuppressed(ports, routing);
  const silences = listSilences(ports);
  const told = changes.filter(({ alert }) => isNews(alert));
  tellEditor(
    ports,
    told.map(({ alert, previous }) => ({
      alert,
      previous,
      kind: alert.state === previous ? "changed" : (alert.state as NotificationKind),
    })),
    silences,
  );
}
