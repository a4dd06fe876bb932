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
