import { groupKeyOf, groupLabelsOf, routesOf } from "@sightline/shared/alerting/route-tree";
import { matchedLabels, shownLabels } from "../alerting/silence-matching.ts";
import { groupsOfAlert, joinGroups, leaveGroup, removeGroupsOf, routesWithGroups, touchGroupsOf } from "./alert-groups.ts";
import { openAlertsAfter } from "./alert-store.ts";
import { touchHeldFromEditor } from "./held-from-editor.ts";
import type { ProjectPorts } from "./project-ports.ts";
import { readRouting } from "./routing.ts";
import { recordTrace } from "./trace.ts";

/** Alerts in one transaction: some tens of milliseconds, so that readers are answered in between. */
const SLICE = 200;

/** The id of the last alert that was routed anew; null when all were. */
function cursor(ports: ProjectPorts): string | null {
  const [row] = ports.database.all<{ value: string }>("SELECT value FROM settings WHERE name = 'rerouting'");
  return row?.value ?? null;
}

/** While it lasts no group is flushed: an alert that was not looked at yet may be in a group that is not its own any more. */
export const isRerouting = (ports: ProjectPorts): boolean => cursor(ports) !== null;

/** Inside a transaction: the next alerts that fire join the groups they belong to now and leave the others. */
function rerouteNext(ports: ProjectPorts, after: string): void {
  const routing = readRouting(ports);
  const alerts = openAlertsAfter(ports, after, SLICE);
  for (const alert of alerts) {
    const labels = shownLabels(alert);
    const keys = new Set(routesOf(routing.tree, matchedLabels(alert)).map((route) => groupKeyOf(route, groupLabelsOf(route, labels))));
    const before = groupsOfAlert(ports, alert);
    for (const group of before) if (!keys.has(group.key)) leaveGroup(ports, group.key, [alert]);
    if (before.filter(({ key }) => keys.has(key)).length < keys.size) recordTrace(ports, alert.id, joinGroups(ports, routing, alert));
  }
  const last = alerts.length < SLICE ? undefined : alerts.at(-1);
  if (last === undefined) ports.database.run("DELETE FROM settings WHERE name = 'rerouting'");
  else ports.database.run("INSERT OR REPLACE INTO settings (name, value) VALUES ('rerouting', ?)", last.id);
}

/**
 * Inside the transaction that changed routes or receivers: groups whose route or receiver is gone go, the others are
 * looked at anew and remember what they told, so that nobody is told twice. The first alerts are routed at once, the
 * rest by the alarm, from where it had come to if the object dies meanwhile.
 */
export function reroute(ports: ProjectPorts): void {
  const routing = readRouting(ports);
  for (const { route: path, receiver } of routesWithGroups(ports)) {
    const route = routing.byPath.get(path);
    if (route === undefined || route.receiver !== receiver) removeGroupsOf(ports, path, receiver);
    // Time intervals and repeats may be others now.
    else touchGroupsOf(ports, route, receiver);
  }
  touchHeldFromEditor(ports, null);
  rerouteNext(ports, "");
}

/** Routes the next of those that fire anew, while some are left. */
export function rerouteDueAlerts(ports: ProjectPorts): void {
  if (!isRerouting(ports)) return;
  ports.database.transaction(() => {
    const after = cursor(ports);
    if (after !== null) rerouteNext(ports, after);
  });
}

/** A receiver that comes or goes changes where alerts go that fire now: both in one transaction. */
export function rerouting<T>(ports: ProjectPorts, change: () => T): T {
  return ports.database.transaction(() => {
    const answer = change();
    reroute(ports);
    return answer;
  });
}
