import { expect, test } from "vitest";
import { runScript } from "./script/run-script.ts";

const failuresOf = (script: string): readonly string[] => runScript(script).failures;

const HISTOGRAM = "h {{schema:0 count:1 sum:1 buckets:[1] offset:1}}+{{count:1 sum:1 buckets:[1] offset:1}}x7";

test("anchored and smoothed changes of native histograms reach to the window's ends as those of floats do", () => {
  const script = `
load 15s
  ${HISTOGRAM}
  f 1+1x7

eval instant at 50s increase(h[1m] anchored)
  {} {{count:3 sum:3 buckets:[3] offset:1 counter_reset_hint:gauge}}

eval instant at 50s increase(f[1m] anchored)
  {} 3

eval instant at 50s histogram_count(rate(h[1m] smoothed))
  {} 0.05555555555555555

eval instant at 50s rate(f[1m] smoothed)
  {} 0.05555555555555555

eval instant at 7s histogram_count(h smoothed)
  {} 1.4666666666666668

eval instant at 50s delta(h[1m] anchored)
  expect warn msg: PromQL warning: this native histogram metric is not a gauge: "h"
  {} {{count:3 sum:3 buckets:[3] offset:1}}

eval instant at 50s changes(h[1m] anchored)
  {} 3
`;
  expect(failuresOf(script)).toEqual([]);
});

test("a reset that an end of the window is interpolated across is counted once", () => {
  const script = `
load 10s
  f 10 5 2 4
  h {{count:10 sum:10 buckets:[10]}} {{count:5 sum:5 buckets:[5]}} {{count:2 sum:2 buckets:[2]}} {{count:4 sum:4 buckets:[4]}}

eval instant at 15s increase(f[14s] smoothed)
  {} 5.5

eval instant at 15s histogram_count(increase(h[14s] smoothed))
  {} 5.5

eval instant at 7s histogram_count(increase(h[4s] smoothed))
  {} 2
`;
  expect(failuresOf(script)).toEqual([]);
});

test("a smoothed window has nothing to say where samples lie on one side of it only", () => {
  const script = `
load 10s
  f _ 5+1x4

eval instant at 5s rate(f[5s] smoothed)

eval instant at 60s rate(f[5s] smoothed)

eval instant at 15s increase(f[10s] smoothed)
  {} 0.5
`;
  expect(failuresOf(script)).toEqual([]);
});

test("what cannot be interpolated is left out with a word why", () => {
  const script = `
load 30s
  layouts {{count:1 sum:1 buckets:[1]}} {{schema:-53 sum:1 count:1 custom_values:[5] buckets:[1]}} {{count:4 sum:5 buckets:[1 2 1]}}
  kinds 1 2 {{count:3 sum:3 buckets:[3]}}

eval instant at 45s histogram_count(layouts smoothed)
  expect warn msg: PromQL warning: vector contains a mix of histograms with exponential and custom buckets schemas for metric name "layouts"

eval instant at 1m rate(layouts[1m] anchored)
  expect warn msg: PromQL warning: vector contains a mix of histograms with exponential and custom buckets schemas for metric name "layouts"

eval instant at 45s kinds smoothed
  expect warn msg: PromQL warning: encountered a mix of histograms and floats for metric name "kinds"
`;
  expect(failuresOf(script)).toEqual([]);
});

test("a counter below zero began anew where it fell below what it was taken for at the window's start", () => {
  const script = `
load 1m
  m{id="1"} 11 -1 100 0
  m{id="2"} 0 0 100 0 0 11 -1

eval instant at 5m30s increase(m[5m] smoothed)
  {id="1"} 100
  {id="2"} 110.5
`;
  expect(failuresOf(script)).toEqual([]);
});

test("an extended range that is asked for itself has a sample at each of its ends", () => {
  const load = "load 1m\n  m 1 2 3 NaN 5 7 _ _ 10\n  gone 1\n";
  const asked = (query: string, at: string, range: string, ...answer: readonly string[]): readonly string[] =>
    failuresOf(`${load}\neval instant at ${at} ${query}\n  expect range vector ${range}\n${answer.map((line) => `  ${line}\n`).join("")}`);
  expect(asked("m[1m] anchored", "2m", "from 1m to 2m step 1m", "m 2 3")).toEqual([]);
  expect(asked("m[2m] anchored", "4m", "from 2m to 4m step 1m", "m 3 NaN 5")).toEqual([]);
  expect(asked("m[1m] anchored", "90s", "from 30s to 90s step 30s", "m 1 2 2")).toEqual([]);
  expect(asked("m[1m] smoothed", "90s", "from 30s to 90s step 30s", "m 1.5 2 2.5")).toEqual([]);
  expect(asked("m[1m] smoothed", "7m", "from 6m to 7m step 1m", "m 8 9")).toEqual([]);
  expect(asked("m[1m] anchored", "7m", "from 6m to 7m step 1m")).toEqual([]);
  expect(asked("gone[1m] anchored", "3m", "from 2m to 3m step 1m")).toEqual([]);
});
