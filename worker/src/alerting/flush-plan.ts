import type { TraceDecision, TraceStage } from "@sightline/shared/alerting/trace";
import type { Alert } from "@sightline/shared/model/alert";
import { formatDuration } from "@sightline/shared/model/duration";
import type { Labels } from "@sightline/shared/model/labels";
import { dedup, type ToldRecord } from "./dedup.ts";
import type { GroupNotification } from "./group-notification.ts";
import { boundedAlerts } from "./bounded-alerts.ts";
import { runStages } from "./pipeline.ts";
import { isOpen, type RoutedAlert } from "./routed-alert.ts";
import type { FlushContext } from "./stage.ts";

/** One integration of the group's receiver, by its place in it. */
export interface Target {
  readonly integration: number;
  readonly sendResolved: boolean;
}

export interface FlushInput {
  readonly group: { readonly key: string; readonly receiver: string; readonly labels: Labels; readonly toldAt: number | null };
  readonly alerts: readonly RoutedAlert[];
  /** By integration; what a target was never told of has none. */
  readonly told: ReadonlyMap<number, ToldRecord>;
  /** Null when nobody bears the receiver's name. */
  readonly targets: readonly Target[] | null;
  readonly context: FlushContext;
  /** A new idempotency key for a target. */
  readonly newKey: (integration: number) => string;
}

/** What one flush of a group does; applied in one transaction. */
export interface FlushPlan {
  readonly notifications: readonly GroupNotification[];
  readonly told: ReadonlyMap<number, ToldRecord>;
  /** Resolved alerts that nobody still believes to fire: they leave the group. */
  readonly settled: readonly RoutedAlert[];
  /** Stages that held something; when one of them lets go, the group is looked at again. */
  readonly held: ReadonlySet<TraceStage>;
  readonly toldAt: number | null;
  /** When the clock alone gives a reason to look again, ms. */
  readonly nextFlushAt: number | null;
  /** By alert id. */
  readonly decisions: ReadonlyMap<string, readonly TraceDecision[]>;
}

function escalationRemark(alerts: readonly RoutedAlert[]): string {
  const raised = alerts.filter(({ escalated }) => escalated !== null);
  const names = [...new Set(raised.map(({ name, escalated, severity }) => `${name} (${escalated?.from ?? ""} to ${severity})`))];
  return `Nobody acknowledged: ${names.slice(0, 5).join(", ")} became more severe.`;
}

/** Runs the stages over one group and decides, for each integration of its receiver, whether and what it is told. */
export function planFlush({ group, alerts, told, targets, context, newKey }: FlushInput): FlushPlan {
  const { nowMs, route } = context;
  const { receiver } = group;
  const decisions = new Map<string, TraceDecision[]>(alerts.map(({ id }) => [id, []]));
  const decide = (alert: RoutedAlert, decision: Omit<TraceDecision, "receiver">): void => {
    decisions.get(alert.id)?.push({ ...decision, receiver });
  };
  const outcome = runStages(alerts, context);
  for (const { stage, remark, alerts: passed } of outcome.remarks)
    for (const alert of passed) decide(alert, { stage, decision: "passed", reason: remark });
  for (const { alert, stage, reason } of outcome.held) decide(alert, { stage, decision: "held", reason });

  const firing = outcome.passed.filter(isOpen);
  const over = outcome.passed.filter((alert) => !isOpen(alert));
  const members = new Set(alerts.map(({ id }) => id));
  const notifications: GroupNotification[] = [];
  const nowTold = new Map<number, ToldRecord>();
  let { toldAt } = group;
  let nextFlushAt: number | null = outcome.againAt;
  const sooner = (at: number): void => {
    nextFlushAt = nextFlushAt === null ? at : Math.min(nextFlushAt, at);
  };

  for (const { integration, sendResolved } of targets ?? []) {
    const before = told.get(integration) ?? null;
    const verdict = dedup({ firing, over, before, members, sendResolved, repeatIntervalMs: route.repeatIntervalMs, nowMs });
    for (const { alert, reason } of verdict.held) decide(alert, { stage: "dedup", decision: "held", reason });
    if (verdict.send !== null) {
      const { reason, alerts: listed } = verdict.send;
      const { alerts: shown, truncated } = boundedAlerts(listed.map((alert): Alert => ({ ...alert, silencedUntil: null })));
      const key = newKey(integration);
      notifications.push({
        key,
        receiver,
        integration,
        groupKey: group.key,
        groupLabels: group.labels,
        status: firing.length > 0 ? "firing" : "resolved",
        alerts: shown,
        truncatedAlerts: truncated,
        reason,
        firstTold:
          before === null ? "all" : shown.filter(({ id }) => !before.firing.has(id) && !before.unsettled.has(id)).map(({ id }) => id),
        ...(reason === "escalation" ? { remark: escalationRemark(listed) } : {}),
        createdAt: nowMs,
      });
      const inMessage = new Set(shown.map(({ id }) => id));
      for (const alert of listed) {
        if (!verdict.send.news.has(alert.id)) continue;
        const counted = inMessage.has(alert.id) ? "" : ", counted among those that found no room";
        const state = isOpen(alert) ? "firing" : "resolved";
        decide(alert, { stage: "dedup", decision: "passed", reason: verdict.send.why });
        decide(alert, { stage: "deliver", decision: "queued", reason: `told as ${state}${counted}` });
      }
      toldAt = nowMs;
    }
    if (verdict.after !== null) nowTold.set(integration, verdict.after);
    if (firing.length > 0 && verdict.after !== null) sooner(Math.max(verdict.after.at + route.repeatIntervalMs, nowMs + 1));
  }
  if (targets === null) {
    for (const alert of outcome.passed)
      decide(alert, { stage: "deliver", decision: "held", reason: `there is no receiver ${JSON.stringify(receiver)}` });
  }
  const believed = (id: string): boolean => [...nowTold.values()].some((record) => record.firing.has(id) || record.unsettled.has(id));
  return {
    notifications,
    told: nowTold,
    settled: alerts.filter((alert) => !isOpen(alert) && !believed(alert.id)),
    held: new Set(outcome.held.map(({ stage }) => stage)),
    toldAt,
    nextFlushAt,
    decisions,
  };
}

/** For the trace of an alert that joins a group. */
export const waitingReason = (groupKey: string, waitMs: number): string =>
  waitMs === 0 ? `joins the group ${groupKey}` : `joins the group ${groupKey}, which waits ${formatDuration(waitMs)} for others`;
