import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { Result } from "@sightline/shared/model/result";
import { fail } from "@sightline/shared/model/result";
import type { RuleGroup } from "@sightline/shared/model/rule";
import { isRecording } from "@sightline/shared/model/rule";
import { parseRuleFile } from "@sightline/shared/rules/rule-file";
import type { ParseOptions } from "@sightline/shared/promql/engine";
import { runRuleTests } from "@sightline/shared/rules/run-tests";
import { parseRuleTests } from "@sightline/shared/rules/test-file";
import type { CommandIo } from "./agent-command.ts";
import { filesMatching } from "./file-pattern.ts";

export const RULES_USAGE = `sightline check rules FILE…    says what is wrong in rule files, with line and column
sightline test rules FILE…     runs rule tests in promtool's format
    --enable-feature=promql-experimental-functions   with PromQL's experimental functions
`;

/** `--enable-feature=a,b` as promtool has it; everything else is a file. */
function callOf(argv: readonly string[]): { readonly files: readonly string[]; readonly options: ParseOptions } {
  const features = argv.flatMap((arg) => /^--enable-feature=(.*)$/.exec(arg)?.[1]?.split(",") ?? []);
  return {
    files: argv.filter((arg) => !arg.startsWith("--enable-feature=")),
    options: { experimentalFunctions: features.includes("promql-experimental-functions") },
  };
}

type Output = Pick<CommandIo, "out" | "err">;

/** 0 when every file is right, 1 when not, 2 for a call that makes no sense. */
export function checkRules(argv: readonly string[], io: Output): number {
  const { files, options } = callOf(argv);
  if (files.length === 0) return misuse(io);
  let wrong = 0;
  for (const file of files) {
    const groups = readRules(file, options);
    if (groups.ok) {
      const rules = groups.value.flatMap((group) => group.rules);
      const recording = rules.filter(isRecording).length;
      io.out(`Checking ${file}\n  SUCCESS: ${rules.length} rules found (${rules.length - recording} alerting, ${recording} recording)\n`);
    } else {
      wrong++;
      io.err(`Checking ${file}\n  FAILED: ${groups.error.message}\n`);
    }
  }
  return wrong > 0 ? 1 : 0;
}

/** As promtool: rule files are found beside the test file, and its exit code tells whether all held. */
export function testRules(argv: readonly string[], io: Output): number {
  const { files, options } = callOf(argv);
  if (files.length === 0) return misuse(io);
  let failed = 0;
  for (const file of files) {
    io.out(`Unit Testing:  ${file}\n`);
    const problems = testFile(file, io, options);
    if (problems.length === 0) io.out("  SUCCESS\n\n");
    else {
      failed++;
      io.out(`  FAILED:\n${problems.map((problem) => `    ${problem.replaceAll("\n", "\n    ")}`).join("\n")}\n\n`);
    }
  }
  return failed > 0 ? 1 : 0;
}

/** Rule files are named by patterns, from the test file's folder; one that matches nothing is worth a word, as in promtool. */
function testFile(file: string, io: Output, options: ParseOptions): readonly string[] {
  const source = readText(file);
  if (!source.ok) return [source.error.message];
  const tests = parseRuleTests(source.value);
  if (!tests.ok) return [tests.error.message];
  const groups: RuleGroup[] = [];
  for (const pattern of tests.value.ruleFiles) {
    const matches = filesMatching(resolve(dirname(file), pattern));
    if (matches.length === 0) io.out(`  WARNING: no file matches ${resolve(dirname(file), pattern)}\n`);
    for (const rules of matches) {
      const read = readRules(rules, options);
      if (!read.ok) return [read.error.message];
      groups.push(...read.value);
    }
  }
  return runRuleTests(tests.value, groups, options);
}

/** The parser speaks to those who put rules in place; here nothing would have been. */
function readRules(file: string, options: ParseOptions): Result<readonly RuleGroup[]> {
  const source = readText(file);
  if (!source.ok) return source;
  const groups = parseRuleFile(source.value, undefined, options);
  return groups.ok ? groups : fail(groups.error.code, `${file}: ${groups.error.message.replace(/ Nothing was changed\.$/, "")}`);
}

function readText(file: string): Result<string> {
  try {
    return { ok: true, value: readFileSync(file, "utf8") };
  } catch (error) {
    return fail("unreadable", error instanceof Error ? error.message : String(error));
  }
}

function misuse(io: Output): number {
  io.err(RULES_USAGE);
  return 2;
}
