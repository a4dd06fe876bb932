import type { Principal } from "@sightline/shared/model/principal";
import { type Result, fail, ok } from "@sightline/shared/model/result";
import type { Rule, RuleGroup } from "@sightline/shared/model/rule";
import { recompiled } from "@sightline/shared/rules/short-form";
import { recordAudit } from "./audit-log.ts";
import type { ProjectPorts } from "./project-ports.ts";
import { openJson, sealJson } from "./sealed-json.ts";

export function listRuleGroups(ports: ProjectPorts): readonly RuleGroup[] {
  // Bodies are what write() below wrote.
  return ports.database.all<{ body: string }>("SELECT body FROM rule_groups ORDER BY name").map((row) => openJson(row.body) as RuleGroup);
}

const write = (ports: ProjectPorts, group: RuleGroup): void =>
  ports.database.run("INSERT OR REPLACE INTO rule_groups (name, body) VALUES (?, ?)", group.name, sealJson(group));

const sameRule = (left: Rule, right: Rule): boolean =>
  JSON.stringify({ ...left, builtIn: false }) === JSON.stringify({ ...right, builtIn: false });

/** A put rule that equals the shipped one stays the product's; any other is the user's and survives upgrades. */
function markOwners(group: RuleGroup, stored: RuleGroup | undefined): RuleGroup {
  const rules = group.rules.map((rule) => {
    const before = stored?.rules.find((candidate) => candidate.name === rule.name);
    return { ...rule, builtIn: before?.builtIn === true && sameRule(before, rule) };
  });
  return { ...group, rules };
}

/** Replaces groups of these names in one transaction; `changed` runs in it too. */
export function putRuleGroups(
  ports: ProjectPorts,
  by: Principal,
  groups: readonly RuleGroup[],
  changed: () => void,
): Result<readonly RuleGroup[]> {
  const stored = listRuleGroups(ports);
  const marked = groups.map((group) =>
    markOwners(
      group,
      stored.find((candidate) => candidate.name === group.name),
    ),
  );
  ports.database.transaction(() => {
    for (const group of marked) {
      const before = stored.find((candidate) => candidate.name === group.name);
      for (const rule of before?.rules ?? []) {
        if (!group.rules.some((kept) => kept.name === rule.name)) {
          ports.database.run("INSERT OR IGNORE INTO removed_rules (group_name, rule) VALUES (?, ?)", group.name, rule.name);
        }
      }
      write(ports, group);
      recordAudit(ports, by, "rules.put", `group ${group.name} with ${group.rules.length} rules`);
    }
    changed();
  });
  return ok(marked);
}

/** Codes: `not_found`. */
export function deleteRuleGroup(ports: ProjectPorts, by: Principal, name: string, changed: () => void): Result<null> {
  const group = listRuleGroups(ports).find((candidate) => candidate.name === name);
  if (group === undefined) return fail("not_found", `There is no rule group ${JSON.stringify(name)}; GET /v1/rules lists them.`);
  ports.database.transaction(() => {
    for (const rule of group.rules)
      ports.database.run("INSERT OR IGNORE INTO removed_rules (group_name, rule) VALUES (?, ?)", name, rule.name);
    ports.database.run("DELETE FROM rule_groups WHERE name = ?", name);
    recordAudit(ports, by, "rules.delete", `group ${name} with ${group.rules.length} rules`);
    changed();
  });
  return ok(null);
}

/**
 * What a group becomes when a build ships `shipped`: shipped rules replace the product's own, a rule that the user
 * edited or added stays as it is, and one the user removed stays away. What else the group says is as the user left it.
 */
export function mergeShipped(shipped: RuleGroup, stored: RuleGroup | undefined, removed: ReadonlySet<string>): RuleGroup {
  const own = (stored?.rules ?? []).filter((rule) => !rule.builtIn);
  const kept = shipped.rules.filter((rule) => !removed.has(rule.name) && !own.some((mine) => mine.name === rule.name));
  return {
    ...(stored ?? shipped),
    rules: [...kept.map((rule) => ({ ...rule, builtIn: true })), ...own],
  };
}

/** Of the way in which conditions are compiled; what is stored of another is compiled anew, once: what people write in the language is theirs. */
const CONDITIONS = "3";

/** Brings the stored groups up to what this build makes of conditions; returns whether anything changed. */
export function recompileConditions(ports: ProjectPorts): boolean {
  const [known] = ports.database.all<{ value: string }>("SELECT value FROM settings WHERE name = 'conditions'");
  if (known?.value === CONDITIONS) return false;
  ports.database.run("INSERT OR REPLACE INTO settings (name, value) VALUES ('conditions', ?)", CONDITIONS);
  const changed = listRuleGroups(ports).flatMap((group) => {
    const rules = group.rules.map(recompiled);
    return rules.every((rule, i) => rule === group.rules[i]) ? [] : [{ ...group, rules }];
  });
  for (const group of changed) write(ports, group);
  return changed.length > 0;
}

/** Brings the stored groups up to what this build ships; returns whether anything changed. */
export function seedRuleGroups(ports: ProjectPorts, shipped: readonly RuleGroup[]): boolean {
  const stored = listRuleGroups(ports);
  const removed = ports.database.all<{ group_name: string; rule: string }>("SELECT group_name, rule FROM removed_rules");
  let changed = false;
  for (const group of shipped) {
    const before = stored.find((candidate) => candidate.name === group.name);
    const merged = mergeShipped(group, before, new Set(removed.filter((row) => row.group_name === group.name).map((row) => row.rule)));
    if (merged.rules.length === 0 || JSON.stringify(merged) === JSON.stringify(before)) continue;
    write(ports, merged);
    changed = true;
  }
  return changed;
}
