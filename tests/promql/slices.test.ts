/** A query in slices is the query: whatever the sizes of its slices, the answer is that of one go. */
import fc from "fast-check";
import type { QueryParams, Select } from "@sightline/shared/promql/api";
import { evaluate, parseQuery } from "@sightline/shared/promql/engine";
import { Pace } from "@sightline/shared/promql/evaluation/pace";
import { matchesLabels } from "@sightline/shared/promql/matchers";
import { evaluateInSlices } from "@sightline/shared/promql/slices";
import { describe, expect, test } from "vitest";

const START = 1_700_000_000_000;
const SERIES = 44;
const SAMPLES = 6000;

/** Enough samples that no query here fits in its first slice. */
const series = Array.from({ length: SERIES }, (_, i) => {
  const timestamps = Float64Array.from({ length: SAMPLES }, (_unused, k) => START + k * 15_000 + (i % 7));
  let value = i;
  const values = Float64Array.from({ length: SAMPLES }, (_unused, k) => (k % 997 === i ? (value = 0) : (value += (k * 7 + i) % 11)));
  return { labels: { __name__: "m", i: String(i), job: `j${i % 4}` }, timestamps, values };
});

const select: Select = ({ matchers, startMs, endMs }) =>
  series
    .filter(({ labels }) => matchesLabels(matchers, labels))
    .map(({ labels, timestamps, values }) => {
      const kept = [...timestamps.keys()].filter((k) => (timestamps[k] ?? 0) > startMs && (timestamps[k] ?? 0) <= endMs);
      return {
        labels,
        timestamps: Float64Array.from(kept, (k) => timestamps[k] ?? 0),
        values: Float64Array.from(kept, (k) => values[k] ?? 0),
      };
    })
    .filter(({ timestamps }) => timestamps.length > 0);

const queries = [
  "m",
  "rate(m[5m])",
  "sum by (job) (rate(m[5m]))",
  "topk(3, m)",
  "m offset 10m > 100",
  "m @ start() + m @ end()",
  "max_over_time(rate(m[5m])[30m:1m])",
  "quantile_over_time(0.9, m[10m])",
  "scalar(sum(m)) + vector(time())",
  'absent(m{i="none"})',
  "sum(m) / on() group_left() count(m)",
  "time()",
  "m * (end() - start()) / range() + step()",
];

function sliced(
  query: string,
  params: QueryParams,
  sizes = { betweenNs: 1_000_000, sliceValues: 100_000 },
): { answer: unknown; stops: number } {
  const parsed = parseQuery(query, { experimentalFunctions: true });
  if (!parsed.ok) throw new Error(parsed.error.message);
  const run = evaluateInSlices(parsed.value, params, select, {
    pace: new Pace(sizes.betweenNs, sizes.betweenNs),
    sliceValues: sizes.sliceValues,
  });
  for (let stops = 0, step = run.next(); ; stops++, step = run.next()) if (step.done === true) return { answer: step.value, stops };
}

describe("a range query in slices", () => {
  test.each(queries)("%s", (query) => {
    const parsed = parseQuery(query, { experimentalFunctions: true });
    if (!parsed.ok) throw new Error(parsed.error.message);
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 0, max: 60_000 }),
        fc.record({ betweenNs: fc.integer({ min: 10_000, max: 1_000_000 }), sliceValues: fc.integer({ min: 300, max: 30_000 }) }),
        (steps, shift, sizes) => {
          const params = { startMs: START + shift, endMs: START + SAMPLES * 15_000 + shift, stepMs: steps * 60_000 };
          const { answer, stops } = sliced(query, params, sizes);
          expect(answer).toEqual(evaluate(parsed.value, params, select));
          if (!query.includes("@") && query !== "time()" && !query.startsWith("absent")) expect(stops).toBeGreaterThan(0);
        },
      ),
      { numRuns: 2 },
    );
  });

  test("refuses what one go refuses, in the same words", () => {
    for (const [query, limits] of [
      ["m", { maxSamples: 1000, maxPointsPerSeries: 11_000 }],
      ["m", { maxSamples: 5_000_000, maxPointsPerSeries: 10 }],
      ["m + on() m", { maxSamples: 5_000_000, maxPointsPerSeries: 11_000 }],
      ["m[5m]", { maxSamples: 5_000_000, maxPointsPerSeries: 11_000 }],
    ] as const) {
      const parsed = parseQuery(query, { experimentalFunctions: true });
      if (!parsed.ok) throw new Error(parsed.error.message);
      const params = { startMs: START, endMs: START + SAMPLES * 15_000, stepMs: 60_000, limits };
      const whole = evaluate(parsed.value, params, select);
      expect(whole.ok).toBe(false);
      expect(sliced(query, params).answer).toMatchObject({ ok: false, error: { code: whole.ok ? "" : whole.error.code } });
    }
  });
});
