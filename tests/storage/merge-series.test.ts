import { rollUp } from "@sightline/shared/aggregation/rollup";
import { type SampleValue, type SelectedSeries, valueColumn } from "@sightline/shared/model/sample";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { mergeSeries } from "../../worker/src/query/merge-series.ts";

const MINUTE = 60_000;
const labels = { __name__: "events_total" };

function series(samples: readonly (readonly [t: number, value: SampleValue])[]): SelectedSeries {
  return { labels, timestamps: Float64Array.from(samples, ([t]) => t), values: valueColumn(samples.map(([, value]) => value)) };
}

const pairs = (one: SelectedSeries | undefined): number[][] =>
  Array.from(one?.timestamps ?? [], (t, i) => [t, one?.values[i] ?? Number.NaN]);

/** Samples up to `until` as aggregates, the others as they are. */
function aged(samples: readonly (readonly [number, SampleValue])[], until: number, resolution: number): SelectedSeries {
  const old = series(samples.filter(([t]) => t <= until));
  const [rollup] = rollUp(old.timestamps, old.values, [resolution], [true]) ?? [];
  return { ...series(samples.filter(([t]) => t > until)), ...(rollup === undefined ? {} : { rollup }) };
}

describe("one series in several shards", () => {
  test("samples are in order of time, and of two at one time the later shard's is read", () => {
    const merged = mergeSeries([
      [
        series([
          [1, 10],
          [2, 20],
          [3, 30],
        ]),
      ],
      [],
      [
        series([
          [3, 31],
          [4, 40],
        ]),
        { ...series([[9, 9]]), labels: { __name__: "other" } },
      ],
    ]);
    expect(merged.map(pairs)).toEqual([
      [
        [1, 10],
        [2, 20],
        [3, 31],
        [4, 40],
      ],
      [[9, 9]],
    ]);
  });

  test("aggregates of pieces are those of the whole, whatever the resolutions and where the sender moved, also where one piece ended stale", () => {
    const increments = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 2, maxLength: 80 });
    fc.assert(
      fc.property(
        increments,
        fc.nat(100),
        fc.constantFrom(MINUTE, 5 * MINUTE),
        fc.constantFrom(MINUTE, 5 * MINUTE),
        fc.boolean(),
        (steps, at, first, second, ends) => {
          const split = Math.floor((steps.length * at) / 100);
          const samples = steps.map((_, i) => {
            const value = steps.slice(0, i + 1).reduce((a, b) => a + b, 0);
            return [(i + 1) * 20_000, ends && i > 0 && i === split - 1 ? ("stale" as const) : value] as const;
          });
          const until = 10 * MINUTE;
          const [merged] = mergeSeries([[aged(samples.slice(0, split), until, first)], [aged(samples.slice(split), until, second)]]);
          const whole = aged(samples, until, merged?.rollup?.resolutionMs ?? first);
          const { sketches: _, ...rollup } = merged?.rollup ?? { sketches: [] };
          const { sketches: __, ...expected } = whole.rollup ?? { sketches: [] };
          expect(rollup).toEqual(expected);
          expect(pairs(merged)).toEqual(pairs(whole));
        },
      ),
      { numRuns: 500 },
    );
  });

  test("of what lies in several shards at the same time nothing is counted twice, and a counter grows once", () => {
    const made = fc.record({
      steps: fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 2, maxLength: 80 }),
      resetAt: fc.nat(100),
      resolutions: fc.tuple(fc.constantFrom(MINUTE, 5 * MINUTE), fc.constantFrom(MINUTE, 5 * MINUTE)),
    });
    const increase = ({ rollup }: SelectedSeries): number => {
      let sum = 0;
      for (let i = 0; i < (rollup?.ends.length ?? 0); i++) {
        sum += rollup?.innerIncreases[i] ?? 0;
        const [last, first] = [rollup?.lasts[i - 1], rollup?.firsts[i] ?? 0];
        if (last !== undefined) sum += first >= last ? first - last : first;
      }
      return sum;
    };
    fc.assert(
      fc.property(made, ({ steps, resetAt, resolutions: [first, second] }) => {
        const reset = Math.floor((steps.length * resetAt) / 100);
        let value = 0;
        const samples = steps.map((step, i) => {
          value = i === reset ? step : value + step;
          return [(i + 1) * 20_000, value] as const;
        });
        const until = 30 * MINUTE;
        const whole = aged(samples, until, Math.max(first, second));
        const merge = (...parts: (typeof samples)[]): SelectedSeries => {
          const [merged] = mergeSeries(parts.map((part, i) => [aged(part, until, i === 0 ? first : second)]));
          if (merged === undefined) throw new Error("nothing was merged");
          return merged;
        };
        // Imported once more; only some of it, where it is not told how many samples there are.
        for (const part of [samples, samples.slice(Math.floor(steps.length / 3))]) {
          const twice = merge(samples, part);
          expect(increase(twice)).toBe(increase(whole));
          expect(twice.rollup?.maxs).toEqual(whole.rollup?.maxs);
          expect(twice.rollup?.lastTimes).toEqual(whole.rollup?.lastTimes);
          if (part === samples) expect({ ...twice.rollup, sketches: [] }).toEqual({ ...whole.rollup, sketches: [] });
        }
        // A gap that was filled later, and a sender that sent its newest samples again when it had moved.
        const isGap = (i: number): boolean => i % 15 > 4 && i % 15 < 9 && i !== reset && i !== reset - 1;
        const filled = merge(
          samples.filter((_, i) => !isGap(i)),
          samples.filter((_, i) => isGap(i)),
        );
        expect(increase(filled)).toBe(increase(whole));
        expect(filled.rollup?.counts.reduce((sum, count) => sum + count)).toBe(samples.length);
        const half = Math.floor(steps.length / 2);
        expect(increase(merge(samples.slice(0, half + 2), samples.slice(half)))).toBe(increase(whole));
      }),
      { numRuns: 500 },
    );
  });

  test("samples that one shard still has join the aggregates that the other has instead", () => {
    const old = aged(
      [
        [20_000, 1],
        [80_000, 3],
      ],
      5 * MINUTE,
      MINUTE,
    );
    const [merged] = mergeSeries([
      [old],
      [
        series([
          [100_000, 4],
          [400_000, 9],
        ]),
      ],
    ]);
    expect(pairs(merged)).toEqual([[400_000, 9]]);
    expect(merged?.rollup?.counts).toEqual(Float64Array.of(1, 2));
    expect(merged?.rollup?.lasts).toEqual(Float64Array.of(1, 4));
  });
});
