/** Rules on anomalies are stored as they were compiled: a build that compiles their condition otherwise compiles them anew. */
import type { AlertRule } from "@sightline/shared/model/rule";
import { readRuleFile } from "@sightline/shared/rules/rule-file";
import { expect, test } from "vitest";
import { PROJECT_MIGRATIONS } from "../../worker/src/project/project-migrations.ts";
import { listRuleGroups, putRuleGroups } from "../../worker/src/project/rule-groups.ts";
import { sealJson } from "../../worker/src/project/sealed-json.ts";
import { runMigrations } from "../../worker/src/storage/migrations/run-migrations.ts";
import { alertRule } from "../support/alert-rule.ts";
import { RecordingDatabase } from "./pipeline/recording-database.ts";
import { openRecorded } from "./recorded-project.ts";

const LABELS = '{metric="queue_depth",queue="mail"}';
const SCORE = `max_over_time(sightline:anomaly_score${LABELS}[5m]) > 0.8`;
const LATE = `max_over_time(sightline:late_anomaly_score${LABELS}[5m]) > 0.8`;

/** What is stored of rules after the project of an older build was opened. */
function opened(...rules: readonly AlertRule[]): readonly object[] {
  const database = new RecordingDatabase();
  runMigrations(database, PROJECT_MIGRATIONS, 0);
  const group = { name: "mine", intervalMs: 15_000, rules };
  database.run("INSERT INTO rule_groups (name, body) VALUES ('mine', ?)", sealJson(group));
  const { ports } = openRecorded(database);
  return listRuleGroups(ports).find(({ name }) => name === "mine")?.rules ?? [];
}

function compiled(wait: string, said = ""): AlertRule {
  const read = readRuleFile(`name: mine
rules:
  - { ${said.includes("name:") ? "" : "name: Odd, "}metric: queue_depth, labels: { queue: mail }, condition: anomaly, threshold: 0.8, window: 5m, for: ${wait}${said === "" ? "" : `, ${said}`} }
`);
  const [rule] = read.groups[0]?.rules ?? [];
  if (rule === undefined || !("forMs" in rule)) throw new Error(JSON.stringify(read.faults));
  return rule;
}

test.for(["0s", "2m"])("a condition with `for: %s` becomes what this build makes of it, from any build before", (wait) => {
  const { keepFiringExpr, ...now } = compiled(wait);
  expect(keepFiringExpr).toBe(`sightline:anomaly_open${LABELS} > 0`);
  for (const expr of [SCORE, `${SCORE} or ${LATE}`, now.expr]) expect(opened({ ...now, expr })).toEqual([{ ...now, keepFiringExpr }]);
});

test.for([
  "on_gap: fire",
  "on_gap: resolve",
  "on_gap: fire, cooldown: 10m, name: queue_depth anomaly 0.8",
  "cooldown: 0s, name: queue_depth anomaly 0.8",
  "on_gap: resolve, cooldown: 0s, name: queue_depth anomaly 0.8",
])("so does one that says %s", (said) => {
  const { keepFiringExpr, ...now } = compiled("0s", said);
  expect(opened({ ...now, expr: SCORE })).toEqual([{ ...now, keepFiringExpr }]);
});

test("what people wrote as an expression stays, and what else they said of a rule", () => {
  for (const written of [alertRule("Odd", SCORE), alertRule("Odd", SCORE, { onGap: "hold" })]) expect(opened(written)).toEqual([written]);
  const own = { ...compiled("0s"), expr: SCORE, keepFiringExpr: "queue_depth > 5", severity: "error" as const };
  expect(opened(own)).toEqual([{ ...own, expr: `${SCORE} or ${LATE}` }]);
});

test("what is stored by this build is as it is", () => {
  const { ports, database } = openRecorded();
  const rule = { ...compiled("0s"), expr: SCORE };
  const user = { project: "p", tokenId: "t", tokenName: "ann", role: "admin" } as const;
  expect(putRuleGroups(ports, user, [{ name: "mine", intervalMs: 15_000, rules: [rule] }], () => {}).ok).toBe(true);
  expect(listRuleGroups(openRecorded(database).ports)[0]?.rules).toEqual([rule]);
});
