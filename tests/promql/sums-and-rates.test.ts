import fc from "fast-check";
import { expect, test } from "vitest";
import type { SelectedSeries } from "@sightline/shared/model/sample";
import { denseAggregation } from "@sightline/shared/promql/aggregate/dense";
import { evaluate, parseQuery } from "@sightline/shared/promql/engine";
import { type Column, newColumn, putFloat } from "@sightline/shared/promql/evaluation/steps";
import { MINUTE } from "./engine-support.ts";

const STEPS = 7;

/** As Prometheus adds: Kahan and Neumaier, one value after the other. */
function sumOf(values: readonly number[]): number {
  let [sum, lost] = [0, 0];
  for (const x of values) {
    const total = sum + x;
    lost += Math.abs(sum) >= Math.abs(x) ? sum - total + x : x - total + sum;
    sum = total;
  }
  return Number.isFinite(sum) ? sum + lost : sum;
}

const value = fc.oneof(
  { weight: 6, arbitrary: fc.double({ noNaN: true, min: -1e18, max: 1e18 }) },
  { weight: 2, arbitrary: fc.constantFrom(1e300, -1e300, 1, 1e-9, 0.1) },
  { weight: 1, arbitrary: fc.constantFrom(Infinity, -Infinity, NaN) },
);
const gaps = { freq: 5, nil: undefined } as const;

test("however many series a group has and wherever they have gaps, they add up in their order, to the bit", () => {
  const members = fc.array(fc.array(fc.option(value, gaps), { minLength: STEPS, maxLength: STEPS }), { minLength: 1, maxLength: 11 });
  fc.assert(
    fc.property(members, (all) => {
      const columns = all.map((values): Column => {
        const column = newColumn({}, STEPS, false);
        for (const [step, x] of values.entries()) if (x !== undefined) putFloat(column, step, x);
        return column;
      });
      const out = newColumn({}, STEPS, false);
      denseAggregation("sum")?.(columns, STEPS, out);
      for (let step = 0; step < STEPS; step++) {
        const present = all.map((values) => values[step]).filter((x) => x !== undefined);
        expect(out.kinds[step]).toBe(present.length > 0 ? 1 : 0);
        expect(out.values[step]).toBe(sumOf(present));
      }
    }),
    { numRuns: 2000, seed: 5 },
  );
});

test("the rate of a counter is the same whether it is known to ascend or not, near zero and far from it", () => {
  const counter = fc.tuple(
    fc.constantFrom(0, 0.5, 3, 60, 1e4, 1e12, -5),
    fc.array(fc.tuple(fc.constantFrom(15_000, 15_000, 15_001, 90_000), fc.constantFrom(0, 1, 1, 7, 500, 0.25)), {
      minLength: 1,
      maxLength: 60,
    }),
  );
  fc.assert(
    fc.property(fc.array(counter, { minLength: 1, maxLength: 3 }), fc.constantFrom("rate", "increase", "delta"), (counters, name) => {
      const stored = counters.map(([start, moves], i): SelectedSeries => {
        let [t, x] = [0, start];
        const timestamps = Float64Array.from(moves, ([step]) => (t += step));
        return { labels: { __name__: "x_total", i: String(i) }, timestamps, values: Float64Array.from(moves, ([, more]) => (x += more)) };
      });
      const parsed = parseQuery(`${name}(x_total[2m])`);
      if (!parsed.ok) throw new Error(parsed.error.message);
      const params = { startMs: 0, endMs: 20 * MINUTE, stepMs: 30_000 };
      const known = stored.map((one) => ({ ...one, ascending: one.values }));
      expect(evaluate(parsed.value, params, () => known)).toEqual(evaluate(parsed.value, params, () => stored));
    }),
    { numRuns: 500, seed: 5 },
  );
});
