import type { SilenceRequest } from "@sightline/shared/api/responses";
import type { Alert, AlertTransition } from "@sightline/shared/model/alert";
import type { Principal } from "@sightline/shared/model/principal";
import { type Result, ok } from "@sightline/shared/model/result";
import type { RuleGroup } from "@sightline/shared/model/rule";
import type { Slo } from "@sightline/shared/model/slo";
import type { NotificationKind } from "../alerting/notification.ts";
import { enqueue, nextDueAt, wasNotified } from "../alerting/outbox.ts";
import { notificationsOf, runPipeline } from "../alerting/pipeline.ts";
import { silencedUntil } from "../alerting/silence-matching.ts";
import type { ShardMap, Silence } from "../objects/rpc.ts";
import { parseRuleFile } from "@sightline/shared/rules/rule-file";
import { runMigrations } from "../storage/migrations/run-migrations.ts";
import type { SqlDatabase } from "../storage/sql-database.ts";
import type { StoredAlert } from "./alert-lifecycle.ts";
import { type AlertChange, acknowledgeAlert, applyTransitions, findAlert, listAlerts, resolveAlert } from "./alert-store.ts";
import { PROJECT_MIGRATIONS } from "./project-migrations.ts";
import type { ProjectPorts } from "./project-ports.ts";
import { listReceivers } from "./receivers.ts";
import { deleteRuleGroup, putRuleGroups, seedRuleGroups } from "./rule-groups.ts";
import { bumpConfigVersion, nextPushAt } from "./shard-configuration.ts";
import * as shardMap from "./shard-map.ts";
import { createSilence, endSilence, listSilences, nextSilenceChangeAt, sweepSilences } from "./silences.ts";
import { deleteSlo, putSlo } from "./slos.ts";

/** Open alerts that a silence's beginning or end makes news of again. */
const RECONSIDERED = 1000;

/** True once somebody with a right to it has used this project: strangers who guess names leave nothing behind. */
export function projectExists(database: SqlDatabase): boolean {
  return database.all("SELECT 1 AS found FROM sqlite_master WHERE name = 'schema_migrations'").length > 0;
}

/** Brings storage, shard map and shipped rules up to this build. `name` is kept, because an object woken by its alarm may not be told it. */
export function openProject(
  surroundings: Omit<ProjectPorts, "project">,
  name: string | undefined,
  shippedRules: readonly RuleGroup[],
): ProjectPorts {
  const { database, now } = surroundings;
  runMigrations(database, PROJECT_MIGRATIONS, now());
  const [kept] = database.all<{ value: string }>("SELECT value FROM settings WHERE name = 'project'");
  const project = name ?? kept?.value;
  if (project === undefined) throw new Error("this project was opened without its name");
  const ports: ProjectPorts = { ...surroundings, project };
  database.transaction(() => {
    if (kept === undefined) database.run("INSERT INTO settings (name, value) VALUES ('project', ?)", project);
    shardMap.seedShards(ports);
    if (seedRuleGroups(ports, shippedRules)) bumpConfigVersion(ports);
  });
  return ports;
}

const withSilence = (alert: StoredAlert, silences: readonly Silence[], nowMs: number): Alert => ({
  ...alert,
  silencedUntil: alert.state === "resolved" ? null : silencedUntil(alert, silences, nowMs),
});

/** Inside the transaction of the change: what the pipeline lets through waits in the outbox. */
function announce(
  ports: ProjectPorts,
  changes: readonly AlertChange[],
  occasion: { readonly kind?: NotificationKind; readonly id?: string } = {},
): void {
  const nowMs = ports.now();
  const silences = listSilences(ports);
  const receivers = listReceivers(ports);
  const context = { nowMs, silences, receivers, notified: (key: string) => wasNotified(ports.database, key) };
  const news = changes.flatMap(({ alert, previous }) => {
    if (alert.state === "pending") return [];
    return notificationsOf(withSilence(alert, silences, nowMs), previous, occasion.kind ?? alert.state, context, occasion.id);
  });
  enqueue(ports.database, runPipeline(news, context).passed, nowMs);
}

export function receiveTransitions(ports: ProjectPorts, transitions: readonly AlertTransition[]): void {
  ports.database.transaction(() => announce(ports, applyTransitions(ports, transitions)));
}

export function readAlerts(
  ports: ProjectPorts,
  filter: { readonly states?: readonly Alert["state"][]; readonly limit: number },
): readonly Alert[] {
  const silences = listSilences(ports);
  return listAlerts(ports, filter).map((alert) => withSilence(alert, silences, ports.now()));
}

export function readAlert(ports: ProjectPorts, id: string): Alert | null {
  const alert = findAlert(ports, id);
  return alert === null ? null : withSilence(alert, listSilences(ports), ports.now());
}

function changeAlert(ports: ProjectPorts, change: () => Result<AlertChange>): Result<Alert> {
  return ports.database.transaction(() => {
    const result = change();
    if (!result.ok) return result;
    if (result.value.alert.state !== result.value.previous) announce(ports, [result.value]);
    return ok(withSilence(result.value.alert, listSilences(ports), ports.now()));
  });
}

export const acknowledge = (ports: ProjectPorts, by: Principal, id: string, note: string | null): Result<Alert> =>
  changeAlert(ports, () => acknowledgeAlert(ports, by, id, note));

export const resolveByHand = (ports: ProjectPorts, by: Principal, id: string): Result<Alert> =>
  changeAlert(ports, () => resolveAlert(ports, by, id));

/** Firing alerts go through the pipeline again: who was told already is not told twice, who was spared by a silence is told now. */
function reconsider(ports: ProjectPorts): void {
  const firing = listAlerts(ports, { states: ["firing"], limit: RECONSIDERED });
  announce(
    ports,
    firing.map((alert) => ({ alert, previous: alert.state })),
  );
}

export function silence(ports: ProjectPorts, by: Principal, request: SilenceRequest): Result<{ readonly silenceID: string }> {
  return ports.database.transaction(() => {
    const created = createSilence(ports, by, request);
    if (!created.ok) return created;
    const { value } = created;
    const nowMs = ports.now();
    const open = listAlerts(ports, { states: ["firing", "acknowledged"], limit: RECONSIDERED });
    const silenced = open.filter((alert) => silencedUntil(alert, [value], nowMs) !== null);
    announce(
      ports,
      silenced.map((alert) => ({ alert, previous: alert.state })),
      { kind: "silenced", id: `/${value.id}` },
    );
    return ok({ silenceID: value.id });
  });
}

export function expireSilence(ports: ProjectPorts, by: Principal, id: string): Result<null> {
  return ports.database.transaction(() => {
    const ended = endSilence(ports, by, id);
    if (ended.ok) reconsider(ports);
    return ended;
  });
}

const changed = (ports: ProjectPorts) => (): void => bumpConfigVersion(ports);

const putRules = (ports: ProjectPorts, by: Principal, groups: readonly RuleGroup[]): Result<readonly RuleGroup[]> =>
  putRuleGroups(ports, by, groups, changed(ports));

export function putRuleGroup(ports: ProjectPorts, by: Principal, group: RuleGroup): Result<RuleGroup> {
  const groups = putRules(ports, by, [group]);
  return groups.ok ? ok(groups.value[0] ?? group) : groups;
}

export function putRuleFile(ports: ProjectPorts, by: Principal, text: string, only?: string): Result<readonly RuleGroup[]> {
  const groups = parseRuleFile(text, only);
  return groups.ok ? putRules(ports, by, groups.value) : groups;
}

export const removeRuleGroup = (ports: ProjectPorts, by: Principal, name: string): Result<null> =>
  deleteRuleGroup(ports, by, name, changed(ports));
export const storeSlo = (ports: ProjectPorts, by: Principal, slo: Slo): Result<Slo> => putSlo(ports, by, slo, changed(ports));
export const removeSlo = (ports: ProjectPorts, by: Principal, id: string): Result<null> => deleteSlo(ports, by, id, changed(ports));

export const growShards = (ports: ProjectPorts, by: Principal, count: number): Result<ShardMap> =>
  shardMap.growShards(ports, by, count, changed(ports));

/** Asked for by an administrator, or by the shard that the sender fills. */
export const splitSender = (ports: ProjectPorts, sender: string, by?: Principal): ShardMap => {
  const shard: Principal = { project: ports.project, tokenId: "_shard", tokenName: "_shard", role: "admin" };
  return shardMap.splitSender(ports, by ?? shard, sender, changed(ports));
};

/** Silences that ended make news again of what they held back and still fires. */
export function sweepSilencesAndReconsider(ports: ProjectPorts): void {
  ports.database.transaction(() => {
    if (sweepSilences(ports) > 0) reconsider(ports);
  });
}

/** When the object must be awake next, ms; null lets it hibernate. */
export function nextWakeAt(ports: ProjectPorts): number | null {
  const times = [nextDueAt(ports.database), nextPushAt(ports), nextSilenceChangeAt(ports)].filter((time) => time !== null);
  return times.length === 0 ? null : Math.min(...times);
}
