import { type EffectiveRoute, groupKeyOf, groupLabelsOf, routesOf } from "@sightline/shared/alerting/route-tree";
import type { TraceDecision, TraceStage } from "@sightline/shared/alerting/trace";
import type { HoldingStage } from "@sightline/shared/model/alert";
import type { Labels } from "@sightline/shared/model/labels";
import type { ToldRecord } from "../alerting/dedup.ts";
import { waitingReason } from "../alerting/flush-plan.ts";
import { EDITOR } from "../alerting/notification.ts";
import { matchedLabels, shownLabels } from "../alerting/silence-matching.ts";
import type { RoutedAlert } from "../alerting/routed-alert.ts";
import type { StoredAlert } from "./alert-lifecycle.ts";
import { parseAlert } from "./alert-store.ts";
import { touchHeldFromEditor } from "./held-from-editor.ts";
import type { ProjectPorts } from "./project-ports.ts";
import type { Routing } from "./routing.ts";
import { recordTrace } from "./trace.ts";

/** Alerts of one route with the same group labels, told together. */
export interface AlertGroup {
  readonly key: string;
  /** Path of the route. */
  readonly route: string;
  readonly receiver: string;
  readonly labels: Labels;
  /** Null while only an event can make it news. */
  readonly flushAt: number | null;
  /** Of the last message, ms. */
  readonly toldAt: number | null;
}

type GroupRow = { key: string; route: string; receiver: string; labels: string; flush_at: number | null; told_at: number | null };

const COLUMNS = "key, route, receiver, labels, flush_at, told_at";
const groupOf = (row: GroupRow): AlertGroup => ({
  key: row.key,
  route: row.route,
  receiver: row.receiver,
  labels: JSON.parse(row.labels) as Labels,
  flushAt: row.flush_at,
  toldAt: row.told_at,
});

/** Its end is not told by itself: to whoever was told that it fires, it still does. */
const SUPERSEDED = {
  stage: "dedup",
  decision: "held",
  reason: "it fired again before its end was told; the newer alert stands for it",
} as const;

/** When a change is told: others are waited for, and the last message must be the group interval ago. */
const dueAt = (toldAt: number | null, route: EffectiveRoute, nowMs: number, waitMs: number): number =>
  toldAt === null ? nowMs + waitMs : Math.max(nowMs + waitMs, toldAt + route.groupIntervalMs);

function schedule(ports: ProjectPorts, group: Pick<AlertGroup, "key" | "flushAt">, at: number): void {
  if (group.flushAt !== null && group.flushAt <= at) return;
  ports.database.run("UPDATE alert_groups SET flush_at = ? WHERE key = ?", at, group.key);
}

/** Whoever believes that the earlier episode fires hears of the later one's end, if that is what comes next. */
function inherit(ports: ProjectPorts, key: string, earlier: string, later: string): void {
  for (const [integration, { at, firing, unsettled }] of readTold(ports, key)) {
    if (!firing.has(earlier) && !unsettled.has(earlier)) continue;
    const without = (set: ReadonlySet<string>): readonly string[] => [...set].filter((id) => id !== earlier);
    writeTold(ports, key, integration, { at, firing: new Set(without(firing)), unsettled: new Set([...without(unsettled), later]) });
  }
}

function join(ports: ProjectPorts, route: EffectiveRoute, receiver: string, alert: RoutedAlert): TraceDecision {
  const { database } = ports;
  const groupLabels = groupLabelsOf(route, shownLabels(alert));
  const key = groupKeyOf(route, groupLabels);
  const now = ports.now();
  const [row] = database.all<GroupRow>(`SELECT ${COLUMNS} FROM alert_groups WHERE key = ?`, key);
  const waitMs = route.groupWaitMs;
  if (row === undefined) {
    database.run(
      "INSERT INTO alert_groups (key, route, receiver, labels, flush_at, told_at, held) VALUES (?, ?, ?, ?, ?, NULL, '')",
      key,
      route.path,
      receiver,
      JSON.stringify(groupLabels),
      now + waitMs,
    );
  } else {
    schedule(ports, groupOf(row), dueAt(row.told_at, route, now, waitMs));
  }
  const [member] = database.all<{ alert_id: string }>(
    "SELECT alert_id FROM group_alerts WHERE group_key = ? AND fingerprint = ?",
    key,
    alert.fingerprint,
  );
  if (member !== undefined && member.alert_id !== alert.id) {
    recordTrace(ports, member.alert_id, [{ ...SUPERSEDED, receiver }]);
    inherit(ports, key, member.alert_id, alert.id);
  }
  database.run("INSERT OR REPLACE INTO group_alerts (group_key, fingerprint, alert_id) VALUES (?, ?, ?)", key, alert.fingerprint, alert.id);
  return { stage: "route", receiver, decision: "passed", reason: waitingReason(key, waitMs) };
}

/** Inside a transaction: the alert joins the groups of its routes, which wait for others. Tells where it went. */
export function joinGroups(ports: ProjectPorts, routing: Routing, alert: RoutedAlert): readonly TraceDecision[] {
  return routesOf(routing.tree, matchedLabels(alert)).map((route) =>
    route.receiver === null || route.receiver === EDITOR
      ? {
          stage: "route",
          receiver: EDITOR,
          decision: "passed",
          reason: `the route ${route.path} leads to the editor, which is told at once`,
        }
      : join(ports, route, route.receiver, alert),
  );
}

const groupsWhere = (ports: ProjectPorts, where: string, ...values: (string | number)[]): readonly AlertGroup[] =>
  ports.database.all<GroupRow>(`SELECT ${COLUMNS} FROM alert_groups WHERE ${where}`, ...values).map(groupOf);

export const groupsOfAlert = (ports: ProjectPorts, alert: Pick<RoutedAlert, "fingerprint" | "id">): readonly AlertGroup[] =>
  groupsWhere(ports, "key IN (SELECT group_key FROM group_alerts WHERE fingerprint = ? AND alert_id = ?)", alert.fingerprint, alert.id);

/** Inside a transaction: the groups are looked at after their wait, or (`atOnce`) as soon as their interval allows. */
export function touchGroups(ports: ProjectPorts, routing: Routing, groups: readonly AlertGroup[], atOnce = false): void {
  for (const group of groups) {
    const route = routing.byPath.get(group.route);
    if (route !== undefined) schedule(ports, group, dueAt(group.toldAt, route, ports.now(), atOnce ? 0 : route.groupWaitMs));
  }
}

/** Inside a transaction: of what the stage held something back is looked at again, groups and the editor's news, for it may have let go. */
export function touchHeld(ports: ProjectPorts, routing: Routing, stage: HoldingStage): void {
  touchHeldFromEditor(ports, stage);
  touchGroups(ports, routing, groupsWhere(ports, "held LIKE ?", `%|${stage}|%`), true);
}

/** Inside a transaction: every receiver is to be told of the alert anew, at once, though it was told of it before. */
export function tellAnew(ports: ProjectPorts, alert: Pick<RoutedAlert, "fingerprint" | "id">): void {
  for (const group of groupsOfAlert(ports, alert)) {
    for (const [integration, told] of readTold(ports, group.key)) {
      if (!told.firing.has(alert.id)) continue;
      const firing = new Set(told.firing);
      firing.delete(alert.id);
      writeTold(ports, group.key, integration, { at: told.at, firing, unsettled: new Set([...told.unsettled, alert.id]) });
    }
    schedule(ports, group, ports.now());
  }
}

export const dueGroups = (ports: ProjectPorts, limit: number): readonly AlertGroup[] =>
  groupsWhere(ports, "flush_at <= ? ORDER BY flush_at LIMIT ?", ports.now(), limit);

/** Fingerprints of the open alerts of groups that are due and were told of before. */
export const toldAgain = (ports: ProjectPorts): readonly string[] =>
  ports.database
    .all<{ fingerprint: string }>(
      `SELECT DISTINCT a.fingerprint FROM alert_groups c JOIN group_alerts g ON g.group_key = c.key JOIN alerts a ON a.id = g.alert_id
       WHERE c.flush_at <= ? AND c.told_at IS NOT NULL AND a.state <> 'resolved'`,
      ports.now(),
    )
    .map(({ fingerprint }) => fingerprint);

export function nextFlushAt(ports: ProjectPorts): number | null {
  return (
    ports.database.all<{ at: number | null }>("SELECT min(flush_at) AS at FROM alert_groups WHERE flush_at IS NOT NULL")[0]?.at ?? null
  );
}

export function alertsOfGroup(ports: ProjectPorts, key: string): readonly StoredAlert[] {
  return ports.database
    .all<{ body: string }>("SELECT a.body FROM group_alerts g JOIN alerts a ON a.id = g.alert_id WHERE g.group_key = ?", key)
    .map(parseAlert);
}

const ids = (text: string): ReadonlySet<string> => new Set(text === "" ? [] : text.split(" "));

export function readTold(ports: ProjectPorts, key: string): ReadonlyMap<number, ToldRecord> {
  const rows = ports.database.all<{ integration: number; at: number; firing: string; unsettled: string }>(
    "SELECT integration, at, firing, unsettled FROM told WHERE group_key = ?",
    key,
  );
  return new Map(
    rows.map(({ integration, at, firing, unsettled }) => [integration, { at, firing: ids(firing), unsettled: ids(unsettled) }]),
  );
}

export function writeTold(ports: ProjectPorts, key: string, integration: number, told: ToldRecord): void {
  ports.database.run(
    "INSERT OR REPLACE INTO told (group_key, integration, at, firing, unsettled) VALUES (?, ?, ?, ?, ?)",
    key,
    integration,
    told.at,
    [...told.firing].join(" "),
    [...told.unsettled].join(" "),
  );
}

/** Inside the transaction of a flush. */
export function leaveGroup(ports: ProjectPorts, key: string, alerts: readonly Pick<RoutedAlert, "fingerprint">[]): void {
  for (const { fingerprint } of alerts)
    ports.database.run("DELETE FROM group_alerts WHERE group_key = ? AND fingerprint = ?", key, fingerprint);
}

export function afterFlush(
  ports: ProjectPorts,
  key: string,
  state: { readonly flushAt: number | null; readonly toldAt: number | null; readonly held: ReadonlySet<TraceStage> },
): void {
  const held = state.held.size === 0 ? "" : `|${[...state.held].join("|")}|`;
  ports.database.run("UPDATE alert_groups SET flush_at = ?, told_at = ?, held = ? WHERE key = ?", state.flushAt, state.toldAt, held, key);
}

export function removeGroup(ports: ProjectPorts, key: string): void {
  ports.database.run("DELETE FROM group_alerts WHERE group_key = ?", key);
  ports.database.run("DELETE FROM told WHERE group_key = ?", key);
  ports.database.run("DELETE FROM alert_groups WHERE key = ?", key);
}

export const findGroup = (ports: ProjectPorts, key: string): AlertGroup | null => groupsWhere(ports, "key = ?", key)[0] ?? null;

/** Which routes have groups, and for which receiver they were made. */
export const routesWithGroups = (ports: ProjectPorts): readonly Pick<AlertGroup, "route" | "receiver">[] =>
  ports.database.all<{ route: string; receiver: string }>("SELECT DISTINCT route, receiver FROM alert_groups");

/** Inside a transaction. */
export function removeGroupsOf(ports: ProjectPorts, route: string, receiver: string): void {
  const { database } = ports;
  const theirs = "group_key IN (SELECT key FROM alert_groups WHERE route = ? AND receiver = ?)";
  database.run(`DELETE FROM group_alerts WHERE ${theirs}`, route, receiver);
  database.run(`DELETE FROM told WHERE ${theirs}`, route, receiver);
  database.run("DELETE FROM alert_groups WHERE route = ? AND receiver = ?", route, receiver);
}

/** Inside a transaction: as `touchGroups` at once, for every group of a route. */
export function touchGroupsOf(ports: ProjectPorts, route: EffectiveRoute, receiver: string): void {
  const now = ports.now();
  ports.database.run(
    `UPDATE alert_groups SET flush_at = min(coalesce(flush_at, 8640000000000000), max(?, coalesce(told_at + ?, 0)))
     WHERE route = ? AND receiver = ?`,
    now,
    route.groupIntervalMs,
    route.path,
    receiver,
  );
}
