import { formatDuration } from "@sightline/shared/model/duration";
import { onCallAt } from "@sightline/shared/on-call/on-call-at";
import { type EscalationPolicy, type EscalationState, type Target, escalate, escalationBegun } from "@sightline/shared/on-call/policy";
import { boundedAlerts } from "../../alerting/bounded-alerts.ts";
import type { Channel } from "../../alerting/channel.ts";
import type { GroupNotification } from "../../alerting/group-notification.ts";
import { enqueueGroups } from "../../alerting/enqueue-groups.ts";
import type { RoutedAlert } from "../../alerting/routed-alert.ts";
import { outboxPorts } from "../outbox-ports.ts";
import type { ProjectPorts } from "../project-ports.ts";
import { findReceiver } from "../receivers.ts";
import { recordTrace } from "../trace.ts";
import { acknowledgeLink } from "./acknowledge-link.ts";
import { contactsOf, personalReceiver } from "./contacts.ts";
import { findPolicy } from "./policies.ts";
import { findSchedule } from "./schedules.ts";

/** How often a group that a silence or a snooze holds back is looked at again. */
const HELD_RECHECK_MS = 60_000;
/** Alerts in one message that carry a link of their own. */
const MAX_LINKED = 10;

/** One group of alerts on its way through a policy. */
interface Escalation {
  readonly groupKey: string;
  readonly policy: string;
  /** What the group last had to say. */
  readonly notification: GroupNotification;
  readonly state: EscalationState;
  /** Everybody who was told, so that they are told the end. */
  readonly told: readonly Channel[];
}

type Row = { group_key: string; policy: string; body: string; due_at: number | null };

const parse = (row: Row): Escalation => ({
  groupKey: row.group_key,
  policy: row.policy,
  ...(JSON.parse(row.body) as Omit<Escalation, "groupKey" | "policy">),
});

function save(ports: ProjectPorts, { groupKey, policy, notification, state, told }: Escalation): void {
  ports.database.run(
    "INSERT OR REPLACE INTO escalations (group_key, policy, body, due_at) VALUES (?, ?, ?, ?)",
    groupKey,
    policy,
    JSON.stringify({ notification, state, told }),
    state.dueAt,
  );
}

function find(ports: ProjectPorts, groupKey: string): Escalation | null {
  const [row] = ports.database.all<Row>("SELECT group_key, policy, body, due_at FROM escalations WHERE group_key = ?", groupKey);
  return row === undefined ? null : parse(row);
}

const forget = (ports: ProjectPorts, groupKey: string): void => ports.database.run("DELETE FROM escalations WHERE group_key = ?", groupKey);

/** Inside the transaction of a flush: what goes to a policy begins or ends its escalation; the rest waits in the outbox. */
export function dispatch(ports: ProjectPorts, notifications: readonly GroupNotification[]): void {
  const direct: GroupNotification[] = [];
  for (const notification of notifications) {
    if (findPolicy(ports, notification.receiver) === null) direct.push(notification);
    else if (notification.status === "firing") begin(ports, notification);
    else end(ports, notification);
  }
  enqueueGroups(outboxPorts(ports), direct);
}

/** A group that goes on escalating only has more to say; one that was answered or exhausted begins again. */
function begin(ports: ProjectPorts, notification: GroupNotification): void {
  const running = find(ports, notification.groupKey);
  const state = running === null || running.state.dueAt === null ? escalationBegun(ports.now()) : running.state;
  save(ports, { groupKey: notification.groupKey, policy: notification.receiver, notification, state, told: running?.told ?? [] });
}

function end(ports: ProjectPorts, notification: GroupNotification): void {
  const told = find(ports, notification.groupKey)?.told ?? [];
  forget(ports, notification.groupKey);
  enqueueGroups(outboxPorts(ports), addressed(notification, told));
}

const addressed = (notification: GroupNotification, channels: readonly Channel[]): readonly GroupNotification[] =>
  channels.map(({ receiver, integration }) => ({
    ...notification,
    // Whoever is told now may have been told by an earlier step.
    firstTold: [],
    receiver,
    integration,
    key: `${notification.key}/${receiver}/${integration}`,
  }));

/** Where a target's messages go now, and in words who that is. */
function channelsOf(ports: ProjectPorts, target: Target): { readonly channels: readonly Channel[]; readonly who: string } {
  if ("receiver" in target) {
    const integrations = findReceiver(ports, target.receiver)?.integrations ?? [];
    return { channels: integrations.map((_, integration) => ({ receiver: target.receiver, integration })), who: target.receiver };
  }
  const schedule = "schedule" in target ? findSchedule(ports, target.schedule) : null;
  const user = "user" in target ? target.user : schedule === null ? null : (onCallAt(schedule, ports.now())?.user ?? null);
  if (user === null) return { channels: [], who: `nobody is on call by ${"schedule" in target ? target.schedule : ""}` };
  const { integrations, faults } = contactsOf(ports, user);
  const receiver = personalReceiver(user);
  const how = integrations.length > 0 ? "" : faults.length > 0 ? ` (cannot be reached: ${faults.join("; ")})` : " (has no contacts)";
  return { channels: integrations.map((_, integration) => ({ receiver, integration })), who: `${user}${how}` };
}

function tell(ports: ProjectPorts, escalation: Escalation, targets: readonly Target[], alerts: readonly RoutedAlert[]): readonly Channel[] {
  const { notification, state, policy } = escalation;
  const found = targets.map((target) => channelsOf(ports, target));
  const channels = found.flatMap((one) => one.channels);
  const { alerts: shown, truncated } = boundedAlerts(alerts.map((alert) => ({ ...alert, silencedUntil: null })));
  const since = formatDuration(Math.max(1000, Math.round((ports.now() - notification.createdAt) / 1000) * 1000));
  const first = state.step === 0 && state.round === 0;
  const step: GroupNotification = {
    ...notification,
    key: `${notification.key}-${state.round}.${state.step}`,
    alerts: shown,
    truncatedAlerts: truncated,
    reason: first ? notification.reason : "escalation",
    ...(first
      ? {}
      : {
          remark: `Nobody has acknowledged for ${since}: step ${state.step + 1} of ${policy}${state.round === 0 ? "" : `, time ${state.round + 1}`}.`,
        }),
    createdAt: ports.now(),
  };
  const messages = addressed(step, channels).map((message) => {
    const [, user] = /^@(.*)$/.exec(message.receiver) ?? [];
    if (user === undefined) return message;
    const links = shown.slice(0, MAX_LINKED).map(({ id }) => [id, acknowledgeLink(ports, id, user)] as const);
    return { ...message, acknowledge: Object.fromEntries(links) };
  });
  enqueueGroups(outboxPorts(ports), messages);
  const reason = `step ${state.step + 1} of ${policy}: ${found.map(({ who }) => who).join(", ")}`;
  for (const { id } of alerts)
    recordTrace(ports, id, [{ stage: "escalation", receiver: policy, decision: channels.length > 0 ? "queued" : "failed", reason }]);
  return channels;
}

const union = (left: readonly Channel[], right: readonly Channel[]): readonly Channel[] => [
  ...left,
  ...right.filter((one) => !left.some(({ receiver, integration }) => receiver === one.receiver && integration === one.integration)),
];

/** What the stages say of a group at this moment. */
export interface GroupNow {
  /** Firing, and nothing holds them back. */
  readonly firing: readonly RoutedAlert[];
  /** Whether some are held back by what may pass by itself: a silence, a snooze, an inhibition. */
  readonly held: boolean;
}

function take(ports: ProjectPorts, escalation: Escalation, policy: EscalationPolicy, now: GroupNow): void {
  const { state } = escalation;
  if (now.firing.length === 0) {
    // Somebody answered, or it is over: whoever was told still hears of the end.
    save(ports, { ...escalation, state: { ...state, dueAt: now.held ? ports.now() + HELD_RECHECK_MS : null } });
    return;
  }
  const step = escalate(policy, state, ports.now());
  const told = union(escalation.told, tell(ports, escalation, step.targets, now.firing));
  save(ports, { ...escalation, state: step.state, told });
}

/** Takes every step that is due. `groupNow` is null for a group that is gone. */
export function advanceEscalations(ports: ProjectPorts, groupNow: (groupKey: string) => GroupNow | null): void {
  ports.database.transaction(() => {
    for (const row of ports.database.all<Row>(
      "SELECT group_key, policy, body, due_at FROM escalations WHERE due_at <= ? LIMIT 100",
      ports.now(),
    )) {
      const escalation = parse(row);
      const policy = findPolicy(ports, escalation.policy);
      const now = groupNow(escalation.groupKey);
      if (policy === null || now === null) forget(ports, escalation.groupKey);
      else take(ports, escalation, policy, now);
    }
  });
}

export function nextEscalationAt(ports: ProjectPorts): number | null {
  return ports.database.all<{ at: number | null }>("SELECT min(due_at) AS at FROM escalations")[0]?.at ?? null;
}
