import { writeFileSync } from "node:fs";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import type { Result } from "@sightline/shared/model/result";
import { fail, ok } from "@sightline/shared/model/result";
import type { RuleGroup } from "@sightline/shared/model/rule";
import { isRecording } from "@sightline/shared/model/rule";
import { type DuplicateRule, duplicateRules } from "@sightline/shared/rules/duplicate-rules";
import { parseRuleFile, type RuleFileOptions } from "@sightline/shared/rules/rule-file";
import { runRuleTest } from "@sightline/shared/rules/run-tests";
import { parseRuleTests } from "@sightline/shared/rules/test-file";
import type { CommandIo } from "./agent-command.ts";
import { filesMatching } from "./file-pattern.ts";
import { type JunitCase, type JunitSuite, junitXml } from "./junit.ts";
import { readTextFile } from "./read-text-file.ts";

export const RULES_USAGE = `sightline check rules FILE…    says what is wrong in rule files, with line and column
    --lint LINTS              duplicate-rules (also without), all or none
    --lint-fatal              what a lint finds makes the exit code 3
sightline test rules FILE…     runs rule tests in promtool's format
    --run REGEX               only tests whose names match; several are alternatives
    --diff                    show alerts that differ side by side, in colours
    --debug                   say when each test begins and ends, and all its samples
    --junit FILE              write the results as JUnit's XML, too
  both:
    --enable-feature FEATURE  promql-experimental-functions: PromQL's experimental functions
    --ignore-unknown-fields   take files that say more than rules and tests do
`;

const FLAGS = {
  "enable-feature": { type: "string", multiple: true },
  "ignore-unknown-fields": { type: "boolean" },
} as const;
const CHECK_FLAGS = {
  ...FLAGS,
  lint: { type: "string", default: "duplicate-rules" },
  "lint-fatal": { type: "boolean", default: false },
} as const;
const LINTS = ["all", "duplicate-rules", "none"];
const TEST_FLAGS = {
  ...FLAGS,
  run: { type: "string", multiple: true },
  diff: { type: "boolean" },
  debug: { type: "boolean" },
  junit: { type: "string" },
} as const;

interface Common {
  readonly "enable-feature"?: readonly string[] | undefined;
  readonly "ignore-unknown-fields"?: boolean | undefined;
}

const rulesOptions = (values: Common): RuleFileOptions => ({
  experimentalFunctions: (values["enable-feature"] ?? []).some((list) => list.split(",").includes("promql-experimental-functions")),
  ignoreUnknownFields: values["ignore-unknown-fields"] ?? false,
});

interface TestCall {
  readonly files: readonly string[];
  readonly options: RuleFileOptions;
  readonly run: RegExp | null;
  readonly difference: boolean;
  readonly debug: boolean;
  readonly junit: string | null;
}

/** Throws Error, in words, for flags that make no sense. */
function testCallOf(argv: readonly string[]): TestCall {
  const { values, positionals } = parseArgs({ args: [...argv], options: TEST_FLAGS, allowPositionals: true });
  return {
    files: positionals,
    options: rulesOptions(values),
    run: values.run === undefined ? null : new RegExp(values.run.join("|")),
    difference: values.diff ?? false,
    debug: values.debug ?? false,
    junit: values.junit ?? null,
  };
}

type Output = Pick<CommandIo, "out" | "err">;

interface CheckCall {
  readonly files: readonly string[];
  readonly options: RuleFileOptions;
  readonly lint: boolean;
  readonly lintFatal: boolean;
}

/** Throws Error, in words, for flags that make no sense. */
function checkCallOf(argv: readonly string[]): CheckCall {
  const { values, positionals } = parseArgs({ args: [...argv], options: CHECK_FLAGS, allowPositionals: true });
  const lints = values.lint.split(",");
  const unknown = lints.find((lint) => !LINTS.includes(lint));
  if (unknown !== undefined) throw new Error(`There is no lint "${unknown}"; there are ${LINTS.join(", ")}.`);
  return { files: positionals, options: rulesOptions(values), lint: !lints.includes("none"), lintFatal: values["lint-fatal"] };
}

/** As promtool: 0 when every file is right, 1 when not, 3 when only a fatal lint finds something; 2 for a call that makes no sense. */
export function checkRules(argv: readonly string[], io: Output): number {
  const call = understood(io, () => checkCallOf(argv));
  if (call === null) return 2;
  const { files, options } = call;
  let [wrong, linted] = [0, 0];
  for (const file of files) {
    const groups = readRules(file, options);
    if (groups.ok) {
      const duplicates = call.lint ? duplicateRules(groups.value) : [];
      if (duplicates.length > 0) {
        linted++;
        io.err(`Checking ${file}\n  FAILED:\n${duplicatesInWords(duplicates)}`);
        continue;
      }
      const rules = groups.value.flatMap((group) => group.rules);
      const recording = rules.filter(isRecording).length;
      io.out(`Checking ${file}\n  SUCCESS: ${rules.length} rules found (${rules.length - recording} alerting, ${recording} recording)\n`);
    } else {
      wrong++;
      io.err(`Checking ${file}\n  FAILED: ${groups.error.message}\n`);
    }
  }
  if (wrong > 0) return 1;
  return linted > 0 && call.lintFatal ? 3 : 0;
}

/** In promtool's words. */
function duplicatesInWords(duplicates: readonly DuplicateRule[]): string {
  const named = duplicates.map(({ metric, labels }) => {
    const lines = Object.entries(labels).map(([label, value]) => `\t${label}: ${value}\n`);
    return `Metric: ${metric}\nLabel(s):\n${lines.join("")}`;
  });
  return `lint error ${duplicates.length} duplicate rule(s) found.\n${named.join("")}Might cause inconsistency while recording expressions\n`;
}

/** As promtool: rule files are found beside the test file, its exit code tells whether all held, and what failed is on stderr. */
export function testRules(argv: readonly string[], io: Output): number {
  const call = understood(io, () => testCallOf(argv));
  if (call === null) return 2;
  const suites: JunitSuite[] = [];
  let failed = 0;
  for (const file of call.files) {
    io.out(`Unit Testing:  ${file}\n`);
    const suite = testFile(file, io, call);
    suites.push(suite);
    const problems = suite.error === undefined ? suite.cases.flatMap(({ failures }) => failures) : [suite.error];
    if (problems.length === 0) io.out("  SUCCESS\n");
    else {
      failed++;
      io.err("  FAILED:\n");
      for (const problem of problems) {
        io.err(`${problem}\n`);
        io.out("\n");
      }
    }
    io.out("\n");
  }
  if (call.junit !== null) {
    const written = writeText(call.junit, junitXml(suites));
    if (!written.ok) {
      io.err(`failed to write JUnit XML: ${written.error.message}\n`);
      return 1;
    }
  }
  return failed > 0 ? 1 : 0;
}

/** Rule files are named by patterns, from the test file's folder; one that matches nothing is worth a word, as in promtool. */
function testFile(file: string, io: Output, { options, run, difference, debug }: TestCall): JunitSuite {
  const refused = (error: string): JunitSuite => ({ name: file, timestamp: "", cases: [], error });
  const source = readText(file);
  if (!source.ok) return refused(source.error.message);
  const tests = parseRuleTests(source.value, options);
  if (!tests.ok) return refused(tests.error.message);
  const { unreadFromLine } = tests.value;
  if (unreadFromLine !== null) io.err(`  WARNING: a test file is one YAML document; what begins at line ${unreadFromLine} is not read\n`);
  const groups: RuleGroup[] = [];
  const seen = new Set<string>();
  for (const pattern of tests.value.ruleFiles) {
    const path = isAbsolute(pattern) ? pattern : join(dirname(file), pattern);
    const matches = filesMatching(resolve(path));
    if (matches.length === 0) io.err(`  WARNING: no file match pattern ${path}\n`);
    for (const rules of matches) {
      // A file that two patterns match is one, as for Prometheus; groups of one name in two files are two.
      if (seen.has(rules)) continue;
      seen.add(rules);
      const read = readRules(rules, options);
      if (!read.ok) return refused(read.error.message);
      groups.push(...read.value);
    }
  }
  const timestamp = new Date().toISOString().slice(0, 19);
  const cases: JunitCase[] = [];
  for (const [i, test] of tests.value.tests.entries()) {
    if (run !== null && !run.test(test.name)) continue;
    const name = test.name === "" ? `unnamed#${i}` : test.name;
    const begun = performance.now();
    if (debug) io.out(`DEBUG: Starting test ${name}\n`);
    const { failures, data } = runRuleTest(test, tests.value, groups, { ...options, difference });
    if (debug) {
      io.out(`DEBUG: Dump of all data (input_series and rules):\n${data()}\n`);
      io.out(`DEBUG: Test ${name} finished, took ${(performance.now() - begun).toFixed(3)}ms\n`);
    }
    cases.push({ name, failures });
  }
  return { name: file, timestamp, cases };
}

/** The parser speaks to those who put rules in place; here nothing would have been. */
function readRules(file: string, options: RuleFileOptions): Result<readonly RuleGroup[]> {
  const source = readText(file);
  if (!source.ok) return source;
  const groups = parseRuleFile(source.value, undefined, options);
  return groups.ok ? groups : fail(groups.error.code, `${file}: ${groups.error.message.replace(/ Nothing was changed\.$/, "")}`);
}

function readText(file: string): Result<string> {
  try {
    return ok(readTextFile(file));
  } catch (error) {
    return fail("unreadable", error instanceof Error ? error.message : String(error));
  }
}

function writeText(path: string, text: string): Result<null> {
  try {
    writeFileSync(path, text);
    return ok(null);
  } catch (error) {
    return fail("unwritable", error instanceof Error ? error.message : String(error));
  }
}

/** Null, and what is wrong and how it is done on stderr, for a call that makes no sense. */
function understood<T extends { readonly files: readonly string[] }>(io: Output, read: () => T): T | null {
  try {
    const call = read();
    if (call.files.length > 0) return call;
  } catch (error) {
    io.err(`${error instanceof Error ? error.message : String(error)}\n`);
  }
  io.err(RULES_USAGE);
  return null;
}
