import { expect, test } from "vitest";
import { runScript } from "./script/run-script.ts";

const failuresOf = (...script: readonly string[]): readonly string[] => runScript(script.join("\n")).failures;
const LOAD = ["load 1s", "  m 0+1x100", ""];
const AT = "eval instant at 60s";

test("factors of a duration are not rounded to ms, only the whole is cut to them", () => {
  expect(failuresOf(...LOAD, `${AT} count_over_time(m[0.0004 * 20000])`, "  {} 8")).toEqual([]);
  expect(failuresOf(...LOAD, `${AT} count_over_time(m[1d / 8640])`, "  {} 10")).toEqual([]);
  expect(failuresOf(...LOAD, `${AT} m offset (1.9999 * 1)`, "  m 58")).toEqual([]);
  expect(failuresOf(...LOAD, `${AT} count_over_time(m[2.0009])`, "  {} 2")).toEqual([]);
  expect(failuresOf(...LOAD, `${AT} timestamp(m offset -2.9999)`, "  {} 62")).toEqual([]);
});

test.each([
  ["m[5s / (1s - 1s)]", "2:15: division by zero"],
  ["m offset (5s % (step() - 0s))", "10:27: modulo by zero"],
  ["m[-(2s * 3)]", "2:10: duration must be greater than 0"],
  ["m[min_of(1h, 1s - 1s)]", "2:21: duration must be greater than 0"],
  ["m[1s:(1s - 1s)]", "6:13: duration must be greater than 0"],
  ["m[9e9 * 2]", "2:9: duration is out of range"],
  ["m offset (0 ^ -1)", "10:16: duration is out of range"],
  ["m offset ((0 ^ -1) * 0)", "11:22: duration is out of range"],
])("%s is refused with the place of the expression", (query, message) => {
  expect(failuresOf(...LOAD, `${AT} ${query}`, `  expect fail msg: ${message}`)).toEqual([]);
});
