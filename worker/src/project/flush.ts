import { stableHash } from "@sightline/shared/alerting/alert-state";
import { planFlush, type Target } from "../alerting/flush-plan.ts";
import { Inhibition } from "../alerting/inhibition.ts";
import { runStages } from "../alerting/pipeline.ts";
import type { FlushContext } from "../alerting/stage.ts";
import * as groups from "./alert-groups.ts";
import { suppressorsOf } from "./incidents/suppression.ts";
import { possibleSources } from "./inhibition-sources.ts";
import { type GroupNow, advanceEscalations, dispatch, nextEscalationAt } from "./on-call/escalations.ts";
import { type ProjectPorts, newId } from "./project-ports.ts";
import { type Routing, readRouting } from "./routing.ts";
import { listSilences } from "./silences.ts";
import { targetsOf } from "./targets.ts";
import { recordTrace } from "./trace.ts";

/** Groups in one transaction; what is left comes with the next pass. */
const GROUPS_AT_ONCE = 100;

/** What every group that is flushed in the same moment is judged by. */
type Moment = Omit<FlushContext, "route">;

export function momentOf(ports: ProjectPorts, routing: Routing): Moment {
  const { inhibitRules } = routing.config;
  const suppressors = suppressorsOf(ports);
  return {
    ...(suppressors === undefined ? {} : { suppressors }),
    nowMs: ports.now(),
    inhibition: new Inhibition(inhibitRules, () => possibleSources(ports, inhibitRules)),
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
  dispatch(ports, plan.notifications);
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

/** The stages' word on one group at this moment; null when it is gone. */
function judgeGroup(ports: ProjectPorts, routing: Routing, moment: Moment, key: string): GroupNow | null {
  const group = groups.findGroup(ports, key);
  const route = group === null ? undefined : routing.byPath.get(group.route);
  if (route === undefined) return null;
  const { passed, held } = runStages(groups.alertsOfGroup(ports, key), { ...moment, route });
  return { firing: passed.filter(({ state }) => state === "firing"), held: held.some(({ stage }) => stage !== "acknowledged") };
}

/** Takes the steps of escalation policies that are due. */
export function escalateDueGroups(ports: ProjectPorts): void {
  const at = nextEscalationAt(ports);
  if (at === null || at > ports.now()) return;
  const routing = readRouting(ports);
  const moment = momentOf(ports, routing);
  advanceEscalations(ports, (key) => judgeGroup(ports, routing, moment, key));
}
