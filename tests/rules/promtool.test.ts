import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { checkRules, testRules } from "../../agent/src/cli/rules-command.ts";

const place = (name: string): string => fileURLToPath(new URL(`promtool/${name}`, import.meta.url));

interface Called {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  /** Both, as a terminal shows them. */
  readonly text: string;
}

function called(command: typeof checkRules, ...files: string[]): Called {
  const told = { out: "", err: "", text: "" };
  const add = (to: "out" | "err", more: string): void => {
    told[to] += more;
    told.text += more;
  };
  const code = command(files, { out: (more) => add("out", more), err: (more) => add("err", more) });
  return { code, ...told };
}

const hasPromtool = spawnSync("promtool", ["--version"]).status === 0;

/** promtool's verdict on the same file; its exit code is 1 when a test fails. */
function promtool(name: string): Pick<Called, "code" | "out" | "err"> {
  const { status, stdout, stderr } = spawnSync("promtool", ["test", "rules", place(name)], { encoding: "utf8" });
  return { code: status ?? -1, out: stdout, err: stderr };
}

describe("rule tests in promtool's format", () => {
  test("that hold, hold: alerts with their templates, recorded series, ALERTS, histograms, keep_firing_for", () => {
    expect(called(testRules, place("tests.yml"))).toMatchObject({ code: 0, text: `Unit Testing:  ${place("tests.yml")}\n  SUCCESS\n\n` });
  });

  test("that fail say what was expected and what came", () => {
    const { code, text } = called(testRules, place("failing.yml"));
    expect(code).toBe(1);
    expect(text).toContain(
      "    alertname: InstanceDown, time: 6m, \n        exp:[], \n        got:[\n            0:\n              Labels:{",
    );
    expect(text).toContain('exp: {__name__="job:up:sum", job="prometheus", team="infra"} 1E+00\n');
    expect(text).toContain('got: {__name__="job:up:sum", job="prometheus", team="infra"} 0E+00\n');
  });

  test
    .skipIf(!hasPromtool)
    .each(["failing.yml", "messages.yml", "nameless.yml", "checked.yml", "patterns.yml", "no-interval.yml", "between.yml"])(
    "get the same verdict and the same words from promtool, where Debian's is installed: %s",
    (name) => {
      expect(called(testRules, place(name))).toMatchObject(promtool(name));
    },
  );

  test("end with a rule that fails, and tell its time and why", () => {
    const { code, err } = called(testRules, place("broken.yml"));
    expect(code).toBe(1);
    expect(err).toContain("    rule: Twice, time: 1m30s, err: vector contains metrics with the same labelset after applying alert labels");
    expect(err).toContain("    rule: bad, time: 1m30s, err: found duplicate series for the match group");
    expect(err).not.toContain("never");
    // Which series they are is said by ours alone, and theirs has the others in any order.
    const first = (text: string): string =>
      text
        .split("\n")
        .slice(0, 2)
        .join("\n")
        .replace(/(applying alert labels): .*/, "$1");
    if (hasPromtool) expect(first(err)).toBe(first(promtool("broken.yml").err));
  });

  test("are those of the first document; that there is another is told", () => {
    const { code, err } = called(testRules, place("documents.yml"));
    expect({ code, err }).toEqual({ code: 0, err: "  WARNING: a test file is one YAML document; what begins at line 3 is not read\n" });
    if (hasPromtool) expect(promtool("documents.yml").code).toBe(0);
  });

  test("take rule files by pattern, with external labels for templates; one that matches nothing is told and no failure", () => {
    const { code, text } = called(testRules, place("patterns.yml"));
    expect(text).toMatch(/WARNING: no file match pattern .*nowhere\*\.yml/);
    expect(text).toContain("SUCCESS");
    expect(code).toBe(0);
  });
});

describe("rule tests that say more than Debian's promtool knows", () => {
  test("start at a time of their own, compare without annotations, share what they have in common, and take subqueries at their interval", () => {
    expect(called(testRules, place("newer.yml"))).toMatchObject({ code: 0, text: `Unit Testing:  ${place("newer.yml")}\n  SUCCESS\n\n` });
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

describe("the ways of newer promtools", () => {
  test("tests are chosen by name, several expressions being alternatives; a test without a name has the empty one", () => {
    const run = (...expressions: string[]): string =>
      called(testRules, ...expressions.flatMap((one) => ["--run", one]), "--debug", place("messages.yml")).out;
    const started = (out: string): string[] => [...out.matchAll(/DEBUG: Starting test (.*)/g)].map(([, name]) => name ?? "");
    expect(started(run())).toEqual(["alerts", "unnamed#1"]);
    expect(started(run("^al", "none"))).toEqual(["alerts"]);
    expect(started(run("^$"))).toEqual(["unnamed#1"]);
    expect(called(testRules, "--run=none", place("failing.yml"))).toMatchObject({ code: 0, err: "" });
    expect(called(testRules, "--run=(", place("failing.yml"))).toMatchObject({
      code: 2,
      err: expect.stringContaining("regular expression"),
    });
  });

  test("--debug shows all samples of series and rules", () => {
    expect(called(testRules, "--debug", "--run=^$", place("messages.yml")).out).toContain(
      'DEBUG: Dump of all data (input_series and rules):\n{__name__="job:up:sum", job="a"} =>\n1 @[0]\n{__name__="up", job="a"} =>\n1 @[0]\n',
    );
    const { out } = called(testRules, "--debug", place("checked.yml"));
    expect(out).toContain('{__name__="job:up:sum", job="prometheus", team="infra"} =>\n');
    expect(out).toMatch(/DEBUG: Test .* finished, took [0-9.]+ms/);
  });

  test("--diff shows alerts side by side: missing red, unexpected green, different yellow", () => {
    const { err } = called(testRules, "--diff", place("messages.yml"));
    expect(err).toContain('\u001b[0;33m            "instance": "3" => "1",\u001b[0m');
    expect(err).toContain('\u001b[0;31m            "a": "b",\u001b[0m');
    expect(err).toContain('\u001b[0;32m            "severity": "page",\u001b[0m');
    expect(err).toContain('            "job": "a",\n');
  });

  test("--junit writes what each test of each file said", () => {
    const folder = mkdtempSync(join(tmpdir(), "sightline-junit-"));
    try {
      const file = join(folder, "results.xml");
      const files = [place("checked.yml"), place("broken.yml"), place("newer-no-time.yml")];
      expect(called(testRules, `--junit=${file}`, ...files).code).toBe(1);
      const xml = readFileSync(file, "utf8");
      expect(xml).toMatch(
        /^<testsuites><testsuite name="[^"]*checked\.yml" tests="[0-9]+" failures="0" errors="0" skipped="0" timestamp="\d{4}-/,
      );
      expect(xml).toContain('tests="1" failures="2" errors="0"');
      expect(xml).toContain('<testcase name="rules that fail"><failure>    rule: Twice, time: 1m30s, err: vector');
      expect(xml).toMatch(/errors="1" skipped="0" timestamp=""><testcase name="unknown"><error>.*&#34;yesterday&#34; is no time/);
      expect(called(testRules, "--junit", folder, place("checked.yml"))).toMatchObject({ code: 1, err: expect.stringContaining("JUnit") });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("unknown fields are refused, or ignored when it is said: of the tests, of their rules, and when rules are checked", () => {
    expect(called(testRules, place("extended.yml"))).toMatchObject({ code: 1, err: expect.stringContaining('"owner" is not a field') });
    expect(called(testRules, "--ignore-unknown-fields", place("extended.yml"))).toMatchObject({ code: 0, err: "" });
    expect(called(checkRules, place("extended-rules.yml")).code).toBe(1);
    expect(called(checkRules, "--ignore-unknown-fields", place("extended-rules.yml")).code).toBe(0);
  });

  test("histograms are written as in tests; how a counter went on is compared where it is said", () => {
    const { code, err } = called(testRules, place("histograms.yml"));
    expect(code).toBe(1);
    expect(err).toBe(
      [
        "  FAILED:",
        '    expr: "h", time: 2m,',
        '        exp: {__name__="h"} {{schema:1 count:3 sum:2.5 counter_reset_hint:reset offset:-1 buckets:[1 0 2]}}',
        '        got: {__name__="h"} {{schema:1 count:3 sum:2.5 counter_reset_hint:not_reset offset:-1 buckets:[1 0 2]}}',
        "",
      ].join("\n"),
    );
  });

  test("a flag that nobody knows is told with those that are known", () => {
    expect(called(testRules, "--verbose", place("checked.yml"))).toMatchObject({ code: 2, err: expect.stringContaining("--verbose") });
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

  test("names rules that are there twice, as promtool does, and fails for them where it is told to", () => {
    const { code, err } = called(checkRules, place("duplicates.yml"));
    expect(code).toBe(0);
    expect(err).toContain("lint error 2 duplicate rule(s) found.\nMetric: InstanceDown\nLabel(s):\nMetric: x\nLabel(s):\n\ta: 1\n\tb: 2\n");
    expect(called(checkRules, "--lint-fatal", place("duplicates.yml")).code).toBe(3);
    expect(called(checkRules, "--lint-fatal", "--lint=none", place("duplicates.yml"))).toMatchObject({ code: 0, err: "" });
    expect(called(checkRules, "--lint=some", place("duplicates.yml"))).toMatchObject({ code: 2, err: expect.stringContaining('"some"') });
    if (!hasPromtool) return;
    const { stderr } = spawnSync("promtool", ["check", "rules", place("duplicates.yml")], { encoding: "utf8" });
    expect(err).toContain(stderr);
  });

  test("of bytes that are no text says so", () => {
    const directory = mkdtempSync(join(tmpdir(), "rules-"));
    const file = join(directory, "latin.yml");
    writeFileSync(file, Buffer.from("groups:\n- name: caf\u00e9\n", "latin1"));
    expect(called(checkRules, file)).toMatchObject({ code: 1, text: expect.stringContaining("it is not UTF-8: byte 20 is 0xe9") });
    rmSync(directory, { recursive: true });
  });

  test("without a file, or with one that is not there, says so", () => {
    expect(called(checkRules).code).toBe(2);
    expect(called(checkRules, place("none.yml"))).toMatchObject({ code: 1, text: expect.stringContaining("ENOENT") });
  });
});
