import type { NativeHistogram } from "@sightline/shared/model/histogram";
import type { SelectedSeries } from "@sightline/shared/model/sample";
import type { QueryParams, Select } from "@sightline/shared/promql/api";
import { evaluate, parseQuery } from "@sightline/shared/promql/engine";
import { Pace } from "@sightline/shared/promql/evaluation/pace";
import { QueryMemory } from "@sightline/shared/promql/evaluation/query-memory";
import { queryResultChunks } from "@sightline/shared/promql/prometheus-json";
import { evaluateInSlices } from "@sightline/shared/promql/slices";
import { describe, expect, test } from "vitest";

const BUCKETS = 4000;
const SERIES = 12;
const EVERY = 15_000;
const LAST = 8 * EVERY;

/** Its buckets begin a little further on than those of the series before. */
function large(offset: number, count: number): NativeHistogram {
  return {
    schema: 8,
    count: count * BUCKETS,
    sum: count,
    zeroThreshold: 0.001,
    zeroCount: 0,
    positiveSpans: [{ offset, length: BUCKETS }],
    positiveBuckets: Array.from({ length: BUCKETS }, () => count),
    negativeSpans: [],
    negativeBuckets: [],
    counterResetHint: "unknown",
  };
}

const stored = Array.from({ length: SERIES }, (_, i): SelectedSeries => {
  const timestamps = Float64Array.from({ length: 9 }, (_sample, k) => k * EVERY);
  return {
    labels: { __name__: "latency", i: String(i) },
    timestamps,
    values: new Float64Array(9),
    histograms: Array.from(timestamps, (_t, k) => large(i, k + 1)),
  };
});

const select: Select = ({ startMs, endMs }) =>
  stored.map(({ labels, timestamps, values, histograms = [] }) => {
    const lo = timestamps.findIndex((t) => t > startMs);
    const hi = timestamps.filter((t) => t <= endMs).length;
    return { labels, timestamps: timestamps.slice(lo, hi), values: values.slice(lo, hi), histograms: histograms.slice(lo, hi) };
  });

/** Every histogram of 4,000 buckets that is gone through is some 150,000 ns of work: how often a query stops that stops after each ms. */
function stops(query: string, params: QueryParams, memory = new QueryMemory()) {
  const parsed = parseQuery(query);
  if (!parsed.ok) throw new Error(parsed.error.message);
  const run = evaluateInSlices(parsed.value, params, select, { pace: new Pace(1_000_000, 1_000_000), memory });
  for (let count = 0; ; count++) {
    const step = run.next();
    if (step.done === true) return { count, result: step.value };
  }
}

const instant: QueryParams = { startMs: LAST, endMs: LAST, stepMs: 0 };
const range: QueryParams = { startMs: LAST / 2, endMs: LAST, stepMs: EVERY };

describe("a histogram of thousands of buckets is work by its buckets", () => {
  test.each([
    ["sum(latency)", instant],
    ["avg(latency)", instant],
    ['count_values("z", latency)', instant],
    ["histogram_quantile(0.9, latency)", instant],
    ["histogram_fraction(0, 1, latency)", instant],
    ["histogram_stddev(latency)", instant],
    ["latency == latency", instant],
    ["latency + latency", instant],
    ["latency * 2", instant],
    ["-latency", instant],
    ["rate(latency[2m])", instant],
    ["irate(latency[2m])", instant],
    ["sum_over_time(latency[2m])", instant],
    ["resets(latency[2m])", instant],
    ["changes(latency[2m])", instant],
    ["rate(latency[1m] anchored)", instant],
    ["histogram_count(increase(latency[2m]))", instant],
    ["count(rate(latency[1m]))", range],
    ["histogram_count(sum(latency))", range],
  ])("%s", (query, params) => {
    const { count, result } = stops(query, params);
    expect(result.ok && result.value.value.type !== "scalar").toBe(true);
    expect(count).toBeGreaterThanOrEqual(1);
  });

  test("one that is only counted is not", () => {
    expect(stops("count_over_time(latency[2m])", instant).count).toBe(0);
  });
});

test("histograms are held against maxQueryBytes as they are made, not when all are", () => {
  const memory = new QueryMemory(8 * 1_048_576);
  const { result } = stops("count_over_time((latency * 2)[2m:1s])", instant, memory);
  expect(!result.ok && result.error).toMatchObject({ code: "limit" });
  expect(!result.ok && result.error.message).toContain("8 MB in memory: that is the limit maxQueryBytes");
  expect(memory.peak).toBeLessThan(8 * 1_048_576 + 50_000);
});

test("an answer is written a histogram at a time", () => {
  const parsed = parseQuery("latency");
  const answer = parsed.ok ? evaluate(parsed.value, range, select) : parsed;
  if (!answer.ok) throw new Error(answer.error.message);
  const lengths = [...queryResultChunks(answer.value)].map((chunk) => chunk.length);
  expect(lengths.length).toBeGreaterThan(50);
  expect(Math.max(...lengths)).toBeLessThan(300_000);
});

test("sums of histograms whose buckets overlap, or lie in between each other, are the sums of their buckets", () => {
  const parsed = parseQuery("sum(latency)");
  const answer = parsed.ok ? evaluate(parsed.value, instant, select) : parsed;
  if (!answer.ok || answer.value.value.type !== "vector") throw new Error("no vector");
  const { histogram } = answer.value.value.samples[0] ?? {};
  expect(histogram?.positiveSpans).toEqual([{ offset: 0, length: BUCKETS + SERIES - 1 }]);
  expect(histogram?.positiveBuckets.slice(0, 3)).toEqual([9, 18, 27]);
  expect(histogram?.positiveBuckets.at(-1)).toBe(9);
  expect(histogram?.positiveBuckets[BUCKETS / 2]).toBe(9 * SERIES);
});
