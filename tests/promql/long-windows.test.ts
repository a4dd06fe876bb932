import { expect, it } from "vitest";
import { evaluateStepwise, parseQuery } from "@sightline/shared/promql/engine";
import { Pace } from "@sightline/shared/promql/evaluation/pace";
import { QueryMemory } from "@sightline/shared/promql/evaluation/query-memory";
import { sortFloats } from "@sightline/shared/promql/functions/sort-floats";
import type { Select } from "@sightline/shared/promql/api";

/** A series of one sample a second, in no order of value. */
const selectOf =
  (samples: number): Select =>
  () => [
    {
      labels: { __name__: "load" },
      timestamps: Float64Array.from({ length: samples }, (_, i) => (i + 1) * 1000),
      values: Float64Array.from({ length: samples }, (_, i) => (i * 7919) % 10_007),
    },
  ];

it("a quantile over windows of very many samples lets others go first within one series", () => {
  const samples = 200_000;
  const parsed = parseQuery(`quantile_over_time(0.5, load[${samples - 5000}s])`);
  if (!parsed.ok) throw new Error(parsed.error.message);
  const params = { startMs: (samples - 4000) * 1000, endMs: samples * 1000, stepMs: 1_000_000 };
  const select = selectOf(samples);
  const computation = evaluateStepwise(parsed.value, params, select, new Pace(1_000_000, 1_000_000), new QueryMemory());
  let stops = 0;
  let step = computation.next();
  for (; step.done !== true; step = computation.next()) stops++;
  // Some 30 ms of work in shares of one.
  expect(stops).toBeGreaterThan(15);
  const { value } = step;
  if (!value.ok || value.value.value.type !== "matrix") throw new Error("no matrix");
  const [series] = value.value.value.series;
  for (const [i, t] of (series?.timestamps ?? []).entries()) {
    const all = (select({ matchers: [], startMs: 0, endMs: 0 })[0]?.values ?? new Float64Array())
      .slice(t / 1000 - (samples - 5000), t / 1000)
      .sort();
    const middle = all.length / 2;
    expect(series?.values[i]).toBe(((all[middle - 1] ?? 0) + (all[middle] ?? 0)) / 2);
  }
  expect(series?.timestamps).toHaveLength(5);
});

it("numbers are sorted run by run as in one go", () => {
  for (const n of [0, 1, 16_384, 16_385, 50_000, 70_001]) {
    const values = Float64Array.from({ length: n + 3 }, (_, i) => (i % 11 === 0 ? -Infinity : Math.sin(i) * 1e6));
    const expected = values.slice(0, n).sort();
    for (const _ of sortFloats(values, n, new Pace(10_000, 10_000)));
    expect(values.subarray(0, n)).toEqual(expected);
    expect(values.subarray(n)).toEqual(Float64Array.from([n, n + 1, n + 2], (i) => (i % 11 === 0 ? -Infinity : Math.sin(i) * 1e6)));
  }
});

it("a subquery of very many steps, or one within it, lets others go first, reads once, and gives what its parts give", () => {
  const samples = 100_000;
  const endMs = samples * 1000;
  let reads = 0;
  const all = selectOf(samples);
  const select: Select = (request) => {
    reads++;
    return all(request).map(({ labels, timestamps, values }) => {
      const from = Math.max(0, Math.floor(request.startMs / 1000));
      const to = Math.min(samples, Math.floor(request.endMs / 1000));
      return { labels, timestamps: timestamps.subarray(from, to), values: values.subarray(from, to) };
    });
  };
  const run = (query: string, atMs: number): { value: number; stops: number } => {
    const parsed = parseQuery(query);
    if (!parsed.ok) throw new Error(parsed.error.message);
    const params = { startMs: atMs, endMs: atMs, stepMs: 0 };
    const computation = evaluateStepwise(parsed.value, params, select, new Pace(1_000_000, 1_000_000), new QueryMemory());
    let stops = 0;
    let step = computation.next();
    for (; step.done !== true; step = computation.next()) stops++;
    const { value } = step;
    if (!value.ok || value.value.value.type !== "vector") throw new Error(JSON.stringify(value));
    return { value: value.value.value.samples[0]?.value ?? NaN, stops };
  };
  const half = samples / 2;
  for (const [inner, least] of [
    ["vector(time() + time() * time())", 8],
    ["load * 2 + 1", 8],
    ["load > 5000", 8],
    ["load > scalar(sum(load @ 7000))", 8],
    ["rate(load[5m])", 8],
    // What is made of the subquery within, too.
    ["sum_over_time((load * 2)[1m:1s]) + 1", 18],
    ["max_over_time(max_over_time((load * 2)[1m:2s])[1m:1s]) - load + last_over_time(load[1m:1s] @ 7000)", 18],
  ] as const) {
    reads = 0;
    const whole = run(`count_over_time((${inner})[${samples}s:1s]) + sum_over_time((${inner})[${samples}s:1s])`, endMs);
    expect(whole.stops).toBeGreaterThan(least);
    expect(reads).toBeLessThanOrEqual(3);
    const parts = [endMs, half * 1000].map(
      (atMs) => run(`count_over_time((${inner})[${half}s:1s]) + sum_over_time((${inner})[${half}s:1s])`, atMs).value,
    );
    expect(whole.value / ((parts[0] ?? 0) + (parts[1] ?? 0))).toBeCloseTo(1, 12);
  }
});
