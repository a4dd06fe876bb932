import { stableHash } from "@sightline/shared/alerting/alert-state";
import { planFlush, type Target } from "../alerting/flush-plan.ts";
import { Inhibition } from "../alerting/inhibition.ts";
import { enqueueGroups } from "../alerting/outbox.ts";
import type { FlushContext } from "../alerting/stage.ts";
import * as groups from "./alert-groups.ts";
import { listAlerts } from "./alert-store.ts";
import { type ProjectPorts, newId } from "./project-ports.ts";
import { type Routing, readRouting } from "./routing.ts";
import { listSilences } from "./silences.ts";
import { targetsOf } from "./targets.ts";
import { recordTrace } from "./trace.ts";

/** Groups in one transaction; what is left comes with the next pass. */
const GROUPS_AT_ONCE = 100;
const ALL = 1_000_000;

/** What every group that is flushed in the same moment is judged by. */
type Moment = Omit<FlushContext, "route">;

export function momentOf(ports: ProjectPorts, routing: Routing): Moment {
  const open = () => listAlerts(ports, { states: ["firing", "acknowledged"], limit: ALL });
  return {
    nowMs: ports.now(),
    inhibition: new Inhibition(routing.config.inhibitRules, open),
    silences: listSilences(ports),
    timeIntervals: routing.config.timeIntervals,
  };
}

function flushGroup(
  ports: ProjectPorts,
  routing: Routing,
  moment: Moment,
  targets: readonly Target[] | null,
  group: groups.AlertGroup,
): void {
  const route = routing.byPath.get(group.route);
  const alerts = groups.alertsOfGroup(ports, group.key);
  if (route === undefined || alerts.length === 0) return groups.removeGroup(ports, group.key);
  const told = groups.readTold(ports, group.key);
  const newKey = (integration: number): string => `${stableHash(group.key)}-${moment.nowMs.toString(36)}-${newId(ports)}/${integration}`;
  const plan = planFlush({ group, alerts, told, targets, context: { ...moment, route }, newKey });
  enqueueGroups(ports.database, plan.notifications, moment.nowMs);
  for (const [alertId, decisions] of plan.decisions) recordTrace(ports, alertId, decisions);
  if (plan.settled.length === alerts.length) return groups.removeGroup(ports, group.key);
  groups.leaveGroup(ports, group.key, plan.settled);
  for (const [integration, record] of plan.told) {
    if (record !== told.get(integration)) groups.writeTold(ports, group.key, integration, record);
  }
  groups.afterFlush(ports, group.key, { flushAt: plan.nextFlushAt, toldAt: plan.toldAt, held: plan.held });
}

/** Tells what is due of every group whose time has come: its messages, and that they were decided, in one transaction. */
export function flushDueGroups(ports: ProjectPorts): void {
  ports.database.transaction(() => {
    const due = groups.dueGroups(ports, GROUPS_AT_ONCE);
    if (due.length === 0) return;
    const routing = readRouting(ports);
    const moment = momentOf(ports, routing);
    const targets = new Map<string, readonly Target[] | null>();
    for (const group of due) {
      if (!targets.has(group.receiver)) targets.set(group.receiver, targetsOf(ports, group.receiver));
      flushGroup(ports, routing, moment, targets.get(group.receiver) ?? null, group);
    }
  });
}
