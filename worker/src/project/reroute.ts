import { groupKeyOf, groupLabelsOf, routesOf } from "@sightline/shared/alerting/route-tree";
import { alertLabels } from "../alerting/silence-matching.ts";
import { allGroups, groupsOfAlert, joinGroups, leaveGroup, removeGroup, touchGroups } from "./alert-groups.ts";
import { listAlerts } from "./alert-store.ts";
import { touchHeldFromEditor } from "./held-from-editor.ts";
import type { ProjectPorts } from "./project-ports.ts";
import { readRouting } from "./routing.ts";
import { recordTrace } from "./trace.ts";

const ALL = 1_000_000;

/**
 * Inside the transaction that changed routes or receivers: what still fires joins the groups it belongs to now and leaves
 * the others. A group that stays remembers what it told, so that nobody is told twice.
 */
export function reroute(ports: ProjectPorts): void {
  const routing = readRouting(ports);
  const kept = allGroups(ports).filter((group) => {
    const stays = routing.byPath.get(group.route)?.receiver === group.receiver;
    if (!stays) removeGroup(ports, group.key);
    return stays;
  });
  for (const alert of listAlerts(ports, { states: ["firing", "acknowledged"], limit: ALL })) {
    const labels = alertLabels(alert);
    const keys = new Set(routesOf(routing.tree, labels).map((route) => groupKeyOf(route, groupLabelsOf(route, labels))));
    const before = groupsOfAlert(ports, alert);
    for (const group of before) if (!keys.has(group.key)) leaveGroup(ports, group.key, [alert]);
    if (before.filter(({ key }) => keys.has(key)).length < keys.size) recordTrace(ports, alert.id, joinGroups(ports, routing, alert));
  }
  // Time intervals, repeats and receivers may be others now.
  touchGroups(ports, routing, kept, true);
  touchHeldFromEditor(ports, null);
}

/** A receiver that comes or goes changes where alerts go that fire now: both in one transaction. */
export function rerouting<T>(ports: ProjectPorts, change: () => T): T {
  return ports.database.transaction(() => {
    const answer = change();
    reroute(ports);
    return answer;
  });
}
