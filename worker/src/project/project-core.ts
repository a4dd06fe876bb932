import type { Alert, AlertTransition } from "@sightline/shared/model/alert";
import type { Principal } from "@sightline/shared/model/principal";
import { type Result, ok } from "@sightline/shared/model/result";
import type { RuleGroup } from "@sightline/shared/model/rule";
import type { Slo } from "@sightline/shared/model/slo";
import { nextDueAt } from "../alerting/outbox.ts";
import type { ShardMap } from "../objects/rpc.ts";
import { parseRuleFile } from "@sightline/shared/rules/rule-file";
import { runMigrations } from "../storage/migrations/run-migrations.ts";
import type { SqlDatabase } from "../storage/sql-database.ts";
import { advanceAlerts, nextAlertChangeAt } from "./alert-clock.ts";
import { nextFlushAt } from "./alert-groups.ts";
import { applyTransitions, findAlert, listAlerts } from "./alert-store.ts";
import { announce, withSilence } from "./announce.ts";
import { setDamagedRowsAside } from "./damaged-rows.ts";
import { rejudgeForEditor } from "./editor-verdict.ts";
import { endDueAlerts, nextExternalEndAt } from "./external-alerts.ts";
import { escalateDueGroups, flushDueGroups } from "./flush.ts";
import { nextForEditorAt } from "./held-from-editor.ts";
import { nextEscalationAt } from "./on-call/escalations.ts";
import { PROJECT_MIGRATIONS } from "./project-migrations.ts";
import type { ProjectPorts } from "./project-ports.ts";
import { deleteRuleGroup, putRuleGroups, recompileConditions, seedRuleGroups } from "./rule-groups.ts";
import { isRerouting, rerouteDueAlerts } from "./reroute.ts";
import { bumpConfigVersion, nextPushAt } from "./shard-configuration.ts";
import * as shardMap from "./shard-map.ts";
import { advanceSilences } from "./silence-lifecycle.ts";
import { listSilences, nextSilenceChangeAt } from "./silences.ts";
import { deleteSlo, putSlo } from "./slos.ts";

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
    const damaged = ports.looksForDamage === true && setDamagedRowsAside(database, now());
    if (damaged) bumpConfigVersion(ports);
    shardMap.seedShards(ports);
    const recompiled = recompileConditions(ports);
    if (seedRuleGroups(ports, shippedRules) || recompiled) bumpConfigVersion(ports);
  });
  return ports;
}

/** Steps seen before change nothing. */
export function receiveTransitions(ports: ProjectPorts, transitions: readonly AlertTransition[]): void {
  ports.database.transaction(() => announce(ports, applyTransitions(ports, transitions)));
}

export function readAlerts(
  ports: ProjectPorts,
  filter: { readonly states?: readonly Alert["state"][]; readonly fingerprint?: string; readonly limit: number },
): readonly Alert[] {
  const silences = listSilences(ports);
  return listAlerts(ports, filter).map((alert) => withSilence(alert, silences, ports.now()));
}

export function readAlert(ports: ProjectPorts, id: string): Alert | null {
  const alert = findAlert(ports, id);
  return alert === null ? null : withSilence(alert, listSilences(ports), ports.now());
}

const changed = (ports: ProjectPorts) => (): void => bumpConfigVersion(ports);

const putRules = (ports: ProjectPorts, by: Principal, groups: readonly RuleGroup[]): Result<readonly RuleGroup[]> =>
  putRuleGroups(ports, by, groups, changed(ports));

export function putRuleGroup(ports: ProjectPorts, by: Principal, group: RuleGroup): Result<RuleGroup> {
  const groups = putRules(ports, by, [group]);
  return groups.ok ? ok(groups.value[0] ?? group) : groups;
}

export function putRuleFile(ports: ProjectPorts, by: Principal, text: string, only?: string): Result<readonly RuleGroup[]> {
  const { experimentalFunctions = false } = ports;
  const groups = parseRuleFile(text, only, { experimentalFunctions });
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

/** What time alone brings about: silences, snoozes, rising severities, and groups whose turn it is; and the next alerts of a change of routes. */
export function advance(ports: ProjectPorts): void {
  rerouteDueAlerts(ports);
  advanceSilences(ports);
  advanceAlerts(ports);
  endDueAlerts(ports);
  rejudgeForEditor(ports);
  if (isRerouting(ports)) return;
  flushDueGroups(ports);
  escalateDueGroups(ports);
}

/** When the object must be awake next, ms; null lets it hibernate. `busy`: channels of the outbox that are at work. */
export function nextWakeAt(ports: ProjectPorts, busy: ReadonlySet<string> = new Set()): number | null {
  if (isRerouting(ports)) return ports.now();
  const times = [
    nextDueAt(ports.database, busy),
    nextPushAt(ports),
    nextSilenceChangeAt(ports),
    nextAlertChangeAt(ports),
    nextExternalEndAt(ports),
    nextForEditorAt(ports),
    nextFlushAt(ports),
    nextEscalationAt(ports),
  ].filter((time) => time !== null);
  return times.length === 0 ? null : Math.min(...times);
}
