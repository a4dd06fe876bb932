import { execFileSync, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { checkRules, testRules } from "../../agent/src/cli/rules-command.ts";

const place = (name: string): string => fileURLToPath(new URL(`promtool/${name}`, import.meta.url));

function called(command: typeof checkRules, ...files: string[]): { code: number; text: string } {
  let text = "";
  const add = (more: string): void => {
    text += more;
  };
  const code = command(files, { out: add, err: add });
  return { code, text };
}

const hasPromtool = spawnSync("promtool", ["--version"]).status === 0;

/** promtool's verdict on the same file; its exit code is 1 when a test fails. */
function promtool(name: string): number {
  try {
    execFileSync("promtool", ["test", "rules", place(name)], { stdio: "pipe" });
    return 0;
  } catch (error) {
    return (error as { status?: number }).status ?? -1;
  }
}

describe("rule tests in promtool's format", () => {
  test("that hold, hold: alerts with their templates, recorded series, ALERTS, histograms, keep_firing_for", () => {
    expect(called(testRules, place("tests.yml"))).toEqual({ code: 0, text: `Unit Testing:  ${place("tests.yml")}\n  SUCCESS\n\n` });
  });

  test("that fail say what was expected and what came", () => {
    const { code, text } = called(testRules, place("failing.yml"));
    expect(code).toBe(1);
    expect(text).toContain("alertname: InstanceDown, time: 6m");
    expect(text).toContain("exp: nothing");
    expect(text).toContain('job:up:sum{job="prometheus", team="infra"} 1');
    expect(text).toContain('job:up:sum{job="prometheus", team="infra"} 0');
  });

  test.skipIf(!hasPromtool)("get the same verdict from promtool, where Debian's is installed", () => {
    expect(promtool("failing.yml")).toBe(1);
    expect(promtool("checked.yml")).toBe(0);
    expect(called(testRules, place("checked.yml")).code).toBe(0);
  });

  test("take rule files by pattern, with external labels for templates; one that matches nothing is told and no failure", () => {
    const { code, text } = called(testRules, place("patterns.yml"));
    expect(text).toMatch(/WARNING: no file matches .*nowhere\*\.yml/);
    expect(text).toContain("SUCCESS");
    expect(code).toBe(0);
    if (hasPromtool) expect(promtool("patterns.yml")).toBe(0);
  });
});

describe("rule tests that say more than Debian's promtool knows", () => {
  test("start at a time of their own, compare without annotations, share what they have in common, and take subqueries at their interval", () => {
    expect(called(testRules, place("newer.yml"))).toEqual({ code: 0, text: `Unit Testing:  ${place("newer.yml")}\n  SUCCESS\n\n` });
  });

  test("fail where an ignored annotation is expected, a value is off by more than its last bit, or a time is none", () => {
    const { code, text } = called(testRules, place("newer-failing.yml"));
    expect(code).toBe(1);
    expect(text).toContain('some="annotation"');
    expect(text).toContain('expr: "off_by_more"');
    expect(text).not.toContain('expr: "off_by_a_bit"');
    expect(called(testRules, place("newer-no-time.yml")).text).toContain('`start_timestamp`: "yesterday" is no time');
  });
});

describe("checking rule files", () => {
  test("counts what it found", () => {
    expect(called(checkRules, place("rules.yml")).text).toContain("SUCCESS: 5 rules found (3 alerting, 2 recording)");
  });

  test("names line and column of what is wrong, and fails", () => {
    const { code, text } = called(checkRules, place("tests.yml"));
    expect(code).toBe(1);
    expect(text).toMatch(/line 1, column 1: /);
  });

  test("without a file, or with one that is not there, says so", () => {
    expect(called(checkRules).code).toBe(2);
    expect(called(checkRules, place("none.yml"))).toMatchObject({ code: 1, text: expect.stringContaining("ENOENT") });
  });
});
