import { expect, test } from "vitest";
import { parseScript } from "./script/parse-script.ts";
import { runScript } from "./script/run-script.ts";

/** The failures of one evaluation after `load 1m`, without their line. */
function verdict(load: string, ...evaluation: readonly string[]): readonly string[] {
  return runScript(`load 1m\n${load}\n\n${evaluation.join("\n  ")}\n`).failures.map((text) => text.replace(/^line \d+: /, ""));
}

const DUPLICATES = 'm{a="1"} 1\nn{a="1"} 1';
const FAILS = 'eval instant at 0 ceil({a="1"})';
const MESSAGE = "vector cannot contain metrics with the same labelset";

test("an expected failure is told by its message, with quotes or without, or by a pattern", () => {
  expect(verdict(DUPLICATES, FAILS, "expect fail")).toEqual([]);
  expect(verdict(DUPLICATES, FAILS, `expect fail msg: ${MESSAGE}`)).toEqual([]);
  expect(verdict(DUPLICATES, FAILS, `expect fail msg:"${MESSAGE}"`)).toEqual([]);
  expect(verdict(DUPLICATES, FAILS, "expect fail regex: vector cannot .*|else")).toEqual([]);
  expect(verdict(DUPLICATES, FAILS, 'expect fail regex: "vector cannot .*"')).toEqual([]);
  expect(verdict(DUPLICATES, FAILS, "expect fail msg: another")).toHaveLength(1);
  expect(verdict(DUPLICATES, FAILS.replace("eval", "eval_fail"), `expected_fail_message ${MESSAGE}`)).toEqual([]);
  expect(verdict(DUPLICATES, FAILS.replace("eval", "eval_fail"), "expected_fail_regexp same label.et$")).toEqual([]);
  expect(verdict(DUPLICATES, FAILS)).toHaveLength(1);
  expect(verdict("m 1", "eval instant at 0 m", "expect fail")).toEqual(["m: expected a failure, got a result"]);
});

test("notes: every expected one comes, and where one is described nothing else does", () => {
  const quantile = "eval instant at 0 quantile(2, m)";
  const note = "PromQL warning: quantile value should be between 0 and 1, got 2";
  expect(verdict("m 1", quantile, "expect warn", "{} Inf")).toEqual([]);
  expect(verdict("m 1", quantile, `expect warn msg: ${note}`, "expect no_info", "{} Inf")).toEqual([]);
  expect(verdict("m 1", quantile, "expect warn regex: between 0 and 1", "{} Inf")).toEqual([]);
  expect(verdict("m 1", quantile.replace("eval", "eval_warn"), "{} Inf")).toEqual([]);
  expect(verdict("m 1", quantile, "expect no_warn", "{} Inf")).toHaveLength(1);
  expect(verdict("m 1", quantile, "expect info", "{} Inf")).toHaveLength(1);
  expect(verdict("m 1", "eval_info instant at 1m rate(m[2m])")).toHaveLength(1);
  expect(verdict("m 1 2", "eval_info instant at 1m rate(m[2m])", "{} 0.016666666666666666")).toEqual([]);
});

test("what contradicts itself, or is no command, is told with its line", () => {
  expect(() => parseScript("eval instant at 0 m\n  expect warn\n  expect no_warn\n")).toThrow("do not go together");
  expect(() => parseScript("eval instant at 0 m\n  expect fail\n  expect fail\n")).toThrow("fails in one way");
  expect(() => parseScript('eval instant at 0 "a"\n  expect string a\n')).toThrow("not a quoted string");
  expect(() => parseScript("eval instant at 0 m\n  expect something\n")).toThrow("not an expectation");
  expect(() => parseScript("load 1m\n\nload\n")).toThrow("line 3");
});

test("times are durations of several parts, a matrix has a range of its own, a string its quotes", () => {
  expect(verdict("m 0 1 2", "eval instant at 1m30s m", "m 1")).toEqual([]);
  expect(verdict("m 0 1 2", "eval range from 30s to 1m30s step 30s m", "m 0 1 1")).toEqual([]);
  expect(verdict("m 0 1 2", "eval instant at 2m m[90s]", "expect range vector from 1m to 2m step 1m", "m 1 2")).toEqual([]);
  expect(verdict("m 0", 'eval instant at 1m "a\\"b"', 'expect string "a\\"b"')).toEqual([]);
});

test("a scalar is no vector, and an empty vector no scalar", () => {
  expect(verdict("m 1", "eval instant at 0 scalar(m)", "1")).toEqual([]);
  expect(verdict("m 1", "eval instant at 0 nothing", "1")).toEqual(["nothing: expected a scalar, got a vector"]);
  expect(verdict("m 1", "eval instant at 0 scalar(m)", "{} 1")).toHaveLength(1);
});

test("a counter's continuation is compared where it is written, unknown included", () => {
  const metric = "m {{count:1 sum:1 buckets:[1]}} {{count:2 sum:2 buckets:[2]}}";
  expect(verdict(metric, "eval instant at 1m m", "m {{count:2 sum:2 buckets:[2]}}")).toEqual([]);
  expect(verdict(metric, "eval instant at 1m m", "m {{count:2 sum:2 buckets:[2] counter_reset_hint:not_reset}}")).toEqual([]);
  expect(verdict(metric, "eval instant at 1m m", "m {{count:2 sum:2 buckets:[2] counter_reset_hint:unknown}}")).toHaveLength(1);
});

test("classic histograms are native ones, too; a bound that is no number is left out, a count alone is one bucket", () => {
  const classic = 'h_bucket{le="1"} 3\nh_bucket{le="+Inf"} 5\nh_bucket{le="none"} 4\nh_sum 7\ns_count 4\ns_sum 9';
  const script = (query: string, answer: string): string => `load_with_nhcb 1m\n${classic}\n\neval instant at 0 ${query}\n  ${answer}\n`;
  expect(runScript(script("h", "h {{schema:-53 count:5 sum:7 custom_values:[1] buckets:[3 2]}}")).failures).toEqual([]);
  expect(runScript(script("s", "s {{schema:-53 count:4 sum:9 buckets:[4]}}")).failures).toEqual([]);
});

test("starts of counting hold for a series, or for all that have none of their own, over and over", () => {
  const load = "load 1m\n  @st -30s _\n  a_total 5 5 5\n  b_total@st -1s *x1\n  b_total 5 5 5";
  const increase = (name: string, answer: string): string => `${load}\n\neval instant at 2m increase(${name}[1m])\n  ${answer}\n`;
  expect(runScript(increase("a_total", "{} 5")).failures).toEqual([]);
  expect(runScript(increase("b_total", "{} 5")).failures).toEqual([]);
});
