import type { RuleGroup } from "@sightline/shared/model/rule";
import { parseRuleFile } from "@sightline/shared/rules/rule-file";
import { describe, expect, test } from "vitest";
import { openProject, putRuleFile } from "../../worker/src/project/project-core.ts";
import type { ProjectPorts } from "../../worker/src/project/project-ports.ts";
import { listRuleGroups } from "../../worker/src/project/rule-groups.ts";
import { Quarantine } from "../../worker/src/storage/quarantine.ts";
import { ADMIN, projectInMemory } from "./project-in-memory.ts";

const FILE = (name: string, expr: string): string => `groups:\n- name: ${name}\n  rules:\n  - alert: High\n    expr: ${expr}\n`;

function project(): ProjectPorts {
  const { ports } = projectInMemory();
  for (const name of ["kept", "torn"]) expect(putRuleFile(ports, ADMIN, FILE(name, "rate(requests_total[5m]) > 1")).ok).toBe(true);
  return ports;
}

const bodyOf = (ports: ProjectPorts): string =>
  ports.database.all<{ body: string }>("SELECT body FROM rule_groups WHERE name = 'torn'")[0]?.body ?? "";
const write = (ports: ProjectPorts, body: string): void => ports.database.run("UPDATE rule_groups SET body = ? WHERE name = 'torn'", body);
/** As a start on somebody's own disk does. */
const openAgain = (ports: ProjectPorts, shipped: readonly RuleGroup[] = []): ProjectPorts =>
  openProject({ ...ports, looksForDamage: true }, "p", shipped);
const namesOf = (ports: ProjectPorts): readonly string[] => listRuleGroups(ports).map(({ name }) => name);
const versionOf = (ports: ProjectPorts): unknown =>
  ports.database.all("SELECT value FROM settings WHERE name = 'config_version'")[0]?.["value"];
const told = (ports: ProjectPorts): readonly string[] => new Quarantine(ports.database).problems();

describe("damaged rows of a project", () => {
  test("one flipped bit in a rule is turned back, and told", () => {
    const ports = project();
    const whole = bodyOf(ports);
    // r is 0x72, R 0x52.
    write(ports, whole.replace("rate(", "Rate("));
    const again = openAgain(ports);
    expect(bodyOf(again)).toBe(whole);
    expect(told(again)).toEqual(["rule_groups/torn was damaged and is mended: one flipped bit was turned back; nothing of it is lost"]);
    expect(told(openAgain(again))).toHaveLength(1);
  });

  test("a rule whose text is damaged further is set aside with its bytes, and told; the others go on, and shards hear of it", () => {
    for (const damage of [
      (body: string) => body.replace("rate(", "RAte("),
      (body: string) => body.slice(0, 40),
      (body: string) => body.replace('":', '"\u0007'),
      () => "",
    ]) {
      const ports = project();
      const body = damage(bodyOf(ports));
      write(ports, body);
      const version = versionOf(ports);
      const again = openAgain(ports);
      expect(namesOf(again)).toEqual(["kept"]);
      expect(told(again)).toEqual([
        expect.stringMatching(/^rule_groups\/torn is damaged and set aside: .*not in force until it is put again$/),
      ]);
      expect(again.database.all<{ body: Uint8Array }>("SELECT body FROM quarantine")[0]?.body).toEqual(new TextEncoder().encode(body));
      expect(versionOf(again)).not.toBe(version);
      expect(putRuleFile(again, ADMIN, FILE("torn", "up == 0")).ok).toBe(true);
      expect(namesOf(openAgain(again))).toEqual(["kept", "torn"]);
    }
  });

  test("what an earlier version wrote without a checksum gets one; where its expression does not parse it is set aside", () => {
    const ports = project();
    const plain = bodyOf(ports).replace(/\n.*$/, "");
    write(ports, plain);
    expect(namesOf(openAgain(ports))).toEqual(["kept", "torn"]);
    expect(bodyOf(ports)).toMatch(/\n[0-9a-f]{8}$/);
    expect(told(ports)).toEqual([]);
    write(ports, plain.replace("rate(", "Rate("));
    expect(namesOf(openAgain(ports))).toEqual(["kept"]);
  });

  test("a shipped group that is damaged is there again at once", () => {
    const shipped = parseRuleFile(FILE("torn", "up == 0"));
    const groups = shipped.ok ? shipped.value : [];
    const { ports } = projectInMemory(groups);
    write(ports, bodyOf(ports).slice(0, 20));
    expect(namesOf(openAgain(ports, groups))).toEqual(["torn"]);
    expect(told(ports)).toHaveLength(1);
  });

  test("state that is no JSON any more is set aside: it would take every answer about its kind with it", () => {
    const ports = project();
    ports.database.run("INSERT INTO alerts (id, state, active_at, body) VALUES ('a', 'firing', 0, '{\"x\"'), ('b', 'firing', 0, '{}')");
    ports.database.run("INSERT INTO settings (name, value) VALUES ('topology', '[')");
    openAgain(ports);
    expect(ports.database.all("SELECT id FROM alerts")).toEqual([{ id: "b" }]);
    expect(told(ports)).toEqual([
      "alerts/a is damaged and set aside: it cannot be read",
      "settings/topology is damaged and set aside: it cannot be read",
    ]);
  });

  test("every table that is looked over is there in a new project, and in one without damage nothing is written", () => {
    const ports = openAgain(project());
    const version = versionOf(ports);
    openAgain(ports);
    expect(versionOf(ports)).toBe(version);
    expect(told(ports)).toEqual([]);
  });
});
