import { evaluate, parseQuery } from "@sightline/shared/promql/engine";
import { array, assert, boolean, constantFrom, property, tuple, double } from "fast-check";
import { describe, expect, test } from "vitest";
import { compileSeriesProgram } from "@sightline/shared/rules/streaming/compile";
import { alertRule } from "../support/alert-rule.ts";
import { StoredSeries, groupOf } from "./stored-series.ts";

const T = 1_700_000_000_000;

const compiled = (text: string) => {
  const parsed = parseQuery(text);
  if (!parsed.ok) throw new Error(parsed.error.message);
  return { expr: parsed.value, program: compileSeriesProgram(parsed.value) };
};

const STREAMING = [
  "x > 1",
  "1 < x",
  "x",
  "x != 3",
  "x == bool 2",
  "-x < -1",
  '1 - x{a="b"} > 0.2',
  "(x * 8 + 1) / 2 >= 3",
  "x % 3 == 1",
  "x ^ 2 > 4",
  "(x - x - 1) ^ Inf > 0",
  "2 * 3 < x",
  "rate(x[1m]) > 0.1",
  "increase(x[2m]) > 5",
  "avg_over_time(x[30s]) > 1",
  "min_over_time(x[45s]) > 0.5",
  "max_over_time(x[1m]) > 4",
  "sum_over_time(x[1m]) > 10",
  "count_over_time(x[1m]) >= 3",
  "last_over_time(x[20s]) > 1",
  "x - avg_over_time(x[1m]) > 1",
  "x > avg_over_time(x[1m])",
  "x > 1 < 4",
];

describe("a rule that streams gives the engine's answer at every sample", () => {
  test.each(STREAMING)("%s", (text) => {
    const { expr, program } = compiled(text);
    expect(program).not.toBeNull();
    const point = tuple(constantFrom(1000, 5000, 10_000, 15_000, 61_000, 301_000), double({ min: 0, max: 6, noNaN: true }), boolean());
    assert(
      property(array(point, { minLength: 1, maxLength: 40 }), (points) => {
        const shard = new StoredSeries();
        shard.nowMs = T;
        shard.configure(groupOf(alertRule("R", text)));
        const labels = { __name__: "x", a: "b" };
        let t = T;
        for (const [gap, value, whole] of points) {
          t += gap;
          shard.append(labels, t, whole ? Math.round(value) : value);
          shard.finish();
          const streamed = shard.evaluation.active().map((alert) => alert.value);
          const result = evaluate(expr, { startMs: t, endMs: t, stepMs: 0 }, shard.select);
          if (!result.ok) throw new Error(result.error.message);
          const asked = result.value.value.type === "vector" ? result.value.value.samples.map((sample) => sample.value) : [];
          expect(streamed.length).toBe(asked.length);
          if (asked[0] !== undefined) expect(streamed[0]).toBeCloseTo(asked[0], 9);
        }
      }),
      { numRuns: 25 },
    );
  });
});

test("a huge or infinite value is gone from a rate as soon as it is from its window", () => {
  const { expr } = compiled("rate(x[1m]) > 0");
  const shard = new StoredSeries();
  shard.nowMs = T;
  shard.configure(groupOf(alertRule("R", "rate(x[1m]) > 0")));
  for (const [i, value] of [1, 1e300, 2, Infinity, 3, 5, 4, 6, 5, 7, 6, 8, 7, 9, 8].entries()) {
    const t = T + (i + 1) * 10_000;
    shard.append({ __name__: "x" }, t, value);
    shard.finish();
    const result = evaluate(expr, { startMs: t, endMs: t, stepMs: 0 }, shard.select);
    const asked = result.ok && result.value.value.type === "vector" ? result.value.value.samples.map((sample) => sample.value) : [];
    expect(shard.evaluation.active().map((alert) => alert.value)).toEqual(asked);
  }
});

test.each([
  "sum(x) > 1",
  "x > 1 and y > 1",
  "x / y > 1",
  "rate(x[2h]) > 1",
  "x offset 5m > 1",
  "absent(x)",
  '{a="b"} > 1',
  "histogram_quantile(0.9, x) > 1",
  "1 > bool 0",
  "x > on() y",
])("%s does not stream", (text) => {
  expect(compiled(text).program).toBeNull();
});
