/** deriv and predict_linear over many steps, against the same asked at each instant, where every window is gone through. */
import { describe, expect, test } from "vitest";
import type { SelectedSeries } from "@sightline/shared/model/sample";
import { evaluate, parseQuery } from "@sightline/shared/promql/engine";
import { Pace } from "@sightline/shared/promql/evaluation/pace";
import { evaluateInSlices } from "@sightline/shared/promql/slices";

const SHAPES: Readonly<Record<string, (i: number) => number>> = {
  "a counter": (i) => i * 5 + ((i * 7919) % 13),
  "a counter that is far from zero": (i) => 1e12 + i * 5,
  "a time that moves now and then": (i) => 1.7e9 + Math.floor(i / 10),
  "a gauge that goes up and down": (i) => i % 2,
  "a gauge that rests": (i) => Math.floor(i / 40),
  "a gauge with numbers that are none": (i) => (i % 37 === 0 ? NaN : Math.sin(i)),
  "a gauge that was infinite once": (i) => (i === 120 ? Infinity : i),
};
const QUERIES = [
  "deriv(x[10m])",
  "deriv(x[3m] offset 5m)",
  "predict_linear(x[10m], 3600)",
  "predict_linear(x[20m] offset 1d, -60)",
  "predict_linear(x[5m] offset -5m, scalar(count_over_time(x[7m])))",
];

const seriesOf = (shape: (i: number) => number, length: number, everyMs: number): SelectedSeries => ({
  labels: { __name__: "x" },
  timestamps: Float64Array.from({ length }, (_, i) => 86_400_000 + i * everyMs + (i % 3)),
  values: Float64Array.from({ length }, (_, i) => shape(i)),
});

function parsed(query: string): Parameters<typeof evaluate>[0] {
  const result = parseQuery(query, { experimentalFunctions: true });
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
}

/** Values by their time. */
function ask(query: string, startMs: number, endMs: number, stepMs: number, series: SelectedSeries): Map<number, number> {
  const result = evaluate(parsed(query), { startMs, endMs, stepMs }, () => [series]);
  if (!result.ok) throw new Error(result.error.message);
  const { value } = result.value;
  if (value.type === "vector") return new Map(value.samples.map((sample) => [sample.t, sample.value]));
  if (value.type !== "matrix") throw new Error(value.type);
  return new Map(value.series.flatMap(({ timestamps, values }) => Array.from(timestamps, (t, i) => [t, values[i] ?? 0] as const)));
}

describe("a trend over many steps is that of each window by itself, within 1e-9", () => {
  for (const [name, shape] of Object.entries(SHAPES))
    test(name, () => {
      const series = seriesOf(shape, 300, 15_000);
      const [startMs, endMs, stepMs] = [86_400_000, 86_400_000 + 5_400_000, 45_000];
      for (const query of QUERIES) {
        const shift = query.includes("1d") ? 86_400_000 : 0;
        const range = ask(query, startMs + shift, endMs + shift, stepMs, series);
        const wanted = new Map<number, number>();
        for (let t = startMs + shift; t <= endMs + shift; t += stepMs)
          for (const [at, one] of ask(query, t, t, 0, series)) wanted.set(at, one);
        expect([...range.keys()]).toEqual([...wanted.keys()]);
        for (const [t, one] of wanted) {
          const other = range.get(t) ?? NaN;
          const same = Object.is(one, other) || one === other || Math.abs(one - other) <= 1e-9 * Math.abs(one);
          expect(same, `${query} at ${t}: ${other} for ${one}`).toBe(true);
        }
      }
    });
});

describe("a function that goes through each window anew stops within one series", () => {
  // So far from zero that little is left of the differences.
  const long = seriesOf((i) => 1e12 + (i % 1000), 7200, 1000);
  const params = { startMs: 86_400_000 + 3_600_000, endMs: 86_400_000 + 7_200_000, stepMs: 10_000 };
  for (const query of ["mad_over_time(x[1h])", "double_exponential_smoothing(x[1h], 0.3, 0.3)", "predict_linear(x[1h], 5)"])
    test(query, () => {
      const steps = evaluateInSlices(parsed(query), params, () => [long], { pace: new Pace(100_000, 100_000) });
      let stops = 0;
      while (steps.next().done !== true) stops++;
      expect(stops).toBeGreaterThan(80);
    });
});
