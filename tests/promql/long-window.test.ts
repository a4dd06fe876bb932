/** One window of one series with very many samples is gone through in shares where its samples are wanted in order. */
import { evaluateStepwise, parseQuery } from "@sightline/shared/promql/engine";
import { Pace } from "@sightline/shared/promql/evaluation/pace";
import { QueryMemory } from "@sightline/shared/promql/evaluation/query-memory";
import { quantileOfSorted } from "@sightline/shared/promql/functions/quantile";
import { expect, test } from "vitest";

const T = 1_700_000_000_000;
const N = 300_000;

/** The value of an instant query over one series, and how often it stopped. */
function asked(query: string, values: Float64Array): { readonly value: number | undefined; readonly stops: number } {
  const parsed = parseQuery(query, { experimentalFunctions: true });
  if (!parsed.ok) throw new Error(parsed.error.message);
  const series = [{ labels: { __name__: "m" }, timestamps: Float64Array.from(values, (_, i) => T - (values.length - 1 - i)), values }];
  const steps = evaluateStepwise(
    parsed.value,
    { startMs: T, endMs: T, stepMs: 0 },
    () => series,
    new Pace(100_000, 100_000),
    new QueryMemory(),
  );
  let stops = 0;
  for (;;) {
    const step = steps.next();
    if (step.done !== true) stops++;
    else if (!step.value.ok) throw new Error(step.value.error.message);
    else {
      const { value } = step.value.value;
      return { value: value.type === "vector" ? value.samples[0]?.value : undefined, stops };
    }
  }
}

function quantile(q: number, values: Float64Array): number {
  const sorted = values.filter((value) => value === value).sort();
  return quantileOfSorted(q, sorted, sorted.length, values.length - sorted.length);
}

function mad(values: Float64Array): number {
  if (values.some((value) => value !== value)) return NaN;
  const median = quantile(0.5, values);
  return quantile(
    0.5,
    values.map((value) => Math.abs(value - median)),
  );
}

let seed = 7;
const random = (): number => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;

const COLUMNS: Readonly<Record<string, (i: number) => number>> = {
  "of any order": () => random() * 1000 - 500,
  ascending: (i) => i,
  descending: (i) => -i,
  "all alike": () => 3,
  "of few values": () => Math.floor(random() * 3),
  "up and down": (i) => Math.min(i, N - i),
  "with NaN": (i) => (i % 5 === 0 ? NaN : random()),
  "mostly NaN": (i) => (i % 3 === 0 ? random() : NaN),
  "of NaN alone": () => NaN,
  "infinite for the most part": (i) => (i % 3 === 0 ? random() : i % 7 === 0 ? -Infinity : Infinity),
  "with infinities": (i) => (i % 7 === 0 ? Infinity : i % 11 === 0 ? -Infinity : random()),
};

test.each(Object.keys(COLUMNS))("quantiles and deviations of values %s are those of a sort", (name) => {
  const values = Float64Array.from({ length: N }, (_, i) => COLUMNS[name]?.(i) ?? 0);
  for (const q of [0, 0.25, 0.5, 0.99, 1]) expect(asked(`quantile_over_time(${q}, m[1h])`, values).value).toBe(quantile(q, values));
  expect(asked("mad_over_time(m[1h])", values).value).toBe(mad(values));
});

test("they stop inside the window", () => {
  const values = Float64Array.from({ length: N }, () => random());
  // 65,536 samples are looked at in one go.
  expect(asked("quantile_over_time(0.5, m[1h])", values).stops).toBeGreaterThan(N / 65_536);
  expect(asked("mad_over_time(m[1h])", values).stops).toBeGreaterThan((3 * N) / 65_536);
});
