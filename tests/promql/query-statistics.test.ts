/** What a query was answered from, counted as in Prometheus's own test of it (promql/engine_test.go, TestQueryStatistics). */
import { expect, test } from "vitest";
import type { QueryParams } from "@sightline/shared/promql/api";
import { evaluate, parseQuery } from "@sightline/shared/promql/engine";
import { evaluateInSlices } from "@sightline/shared/promql/slices";
import { at, storageOf } from "./engine-support.ts";

const storage = storageOf(
  10_000,
  "one 1+1x100",
  'three{a="1",b="1"} 1+1x100',
  'three{a="2",b="2"} 1+1x100',
  'three{a="3",b="2"} 1+1x100',
  "native {{schema:1 count:5 sum:20 buckets:[1 2 1 1]}}+{{schema:1 count:10 sum:5 buckets:[1 2 3 4]}}x100",
);
const over = (startS: number, endS: number, stepS: number): QueryParams => ({
  startMs: startS * 1000,
  endMs: endS * 1000,
  stepMs: stepS * 1000,
});

const CASES: readonly (readonly [query: string, params: QueryParams, samples: number])[] = [
  ['"literal string"', at(21_000), 0],
  ["1", at(21_000), 0],
  ["one", at(21_000), 1],
  ["native", at(21_000), 13],
  ["timestamp(one)", at(21_000), 1],
  ["timestamp(native)", at(21_000), 1],
  ["one offset 10s", at(21_000), 1],
  ["one @ 15", at(21_000), 1],
  ['three{a="1"}[20s] @ 19', at(21_000), 2],
  ["three", at(21_000), 3],
  ["one[60s]", at(201_000), 6],
  ["native[60s]", at(201_000), 78],
  ["max_over_time(one[60s])[20s:5s]", at(201_000), 24],
  ["max_over_time(one[61s])[20s:5s]", at(201_000), 26],
  ["max_over_time(native[60s])[20s:5s]", at(201_000), 312],
  ["one[60s] @ 30", at(201_000), 4],
  ["native[60s] @ 30", at(201_000), 52],
  ["sum(max_over_time(three[60s] @ 30))", at(201_000), 12],
  ["sum by (b) (max_over_time(three[60s] @ 30))", at(201_000), 12],
  ["one[60s] offset 10s", at(201_000), 6],
  ["absent_over_time(one[60s])", at(201_000), 6],
  ["max_over_time(three[60s])", at(201_000), 18],
  ["one[60s:5s]", at(201_000), 12],
  ["one[60s:5s] offset 10s", at(201_000), 12],
  ["max_over_time(three[60s:5s])", at(201_000), 36],
  ["sum(max_over_time(three[60s:5s])) + sum(max_over_time(three[60s:5s]))", at(201_000), 72],
  ['three{a="1"}', over(201, 220, 5), 4],
  ["native", over(204, 223, 5), 52],
  ["timestamp(native)", over(201, 220, 5), 4],
  ['max_over_time(three{a="1"}[10s])', over(991, 1021, 10), 2],
  ["max_over_time(three[60s] @ 30)", over(201, 220, 5), 48],
  ["predict_linear(one[60s] @ 100, 60)", over(201, 220, 5), 24],
  ["three", over(201, 220, 5), 12],
  ["max_over_time(three[60s])", over(201, 220, 5), 72],
  ["max_over_time(three[60s:5s])", over(201, 220, 5), 144],
  ["sum by (b) (max_over_time(one[60s:5s]))", over(201, 220, 5), 48],
  ["sum(max_over_time(three[60s:5s])) + sum(max_over_time(three[60s:5s]))", over(201, 220, 5), 288],
  ["sum(max_over_time(three[60s:5s])) + sum(max_over_time(one[60s:5s]))", over(201, 220, 5), 192],
];

test.each(CASES)("%s", (query, params, samples) => {
  const parsed = parseQuery(query);
  if (!parsed.ok) throw new Error(parsed.error.message);
  const tally = { samples: 0 };
  expect(evaluate(parsed.value, { ...params, tally }, storage.select)).toMatchObject({ ok: true });
  expect(tally.samples).toBe(samples);
});

test("a query that is evaluated some steps at a time has as many", () => {
  const parsed = parseQuery("sum(max_over_time(three[60s])) + sum(three)");
  if (!parsed.ok) throw new Error(parsed.error.message);
  const tally = { samples: 0 };
  const steps = evaluateInSlices(parsed.value, { ...over(201, 220, 5), tally }, storage.select, { sliceValues: 6 });
  while (steps.next().done !== true);
  expect(tally.samples).toBe(72 + 12);
});
