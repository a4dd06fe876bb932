import { array, assert, constantFrom, integer, nat, property, record } from "fast-check";
import { expect, test } from "vitest";
import { STALE_NAN, isStale } from "@sightline/shared/model/sample";
import { SampleWindows } from "@sightline/shared/rules/streaming/sample-windows";

/** One that keeps none, as of a rule on the newest sample alone, and others that outgrow their room at different times. */
const RANGES = [0, 10, 60, 60, 1000];

const windowOf = (windows: SampleWindows): [t: number, value: number][] => {
  const kept: [number, number][] = [];
  for (let i = windows.first; i < windows.end; i += 2) kept.push([windows.samples[i] ?? 0, windows.samples[i + 1] ?? 0]);
  return kept;
};

/** By Prometheus's definition of a counter: a value smaller than the one before began at zero. */
const growthOf = (values: readonly number[]): number =>
  values.reduce((sum, value, i) => (i === 0 ? 0 : sum + (value < (values[i - 1] ?? 0) ? value : value - (values[i - 1] ?? 0))), 0);

test("windows side by side hold what each series sent within its range, whatever came late, twice or ended", () => {
  const sample = record({
    series: nat(RANGES.length - 1),
    step: integer({ min: -12, max: 9 }),
    value: constantFrom(0, 1, 2, 5, STALE_NAN),
  });
  assert(
    property(array(sample, { minLength: 1, maxLength: 1200 }), (samples) => {
      const windows = new SampleWindows();
      const slots = RANGES.map((rangeMs) => windows.add(rangeMs));
      const sent = RANGES.map(() => new Map<number, number>());
      const newest = RANGES.map(() => 100);
      for (const { series, step, value } of samples) {
        const [rangeMs, before, kept] = [RANGES[series] ?? 0, newest[series] ?? 0, sent[series] ?? new Map<number, number>()];
        const t = before + step;
        windows.seek(slots[series] ?? 0).remember(t, value);
        newest[series] = Math.max(before, t);
        if (isStale(value)) kept.delete(t);
        else if (t > Math.max(...kept.keys()) - rangeMs) kept.set(t, value);
        const last = Math.max(...kept.keys());
        for (const time of kept.keys()) if (time <= last - rangeMs) kept.delete(time);
      }
      for (const [series, slot] of slots.entries()) {
        windows.seek(slot);
        const kept = [...(sent[series] ?? [])].toSorted(([a], [b]) => a - b);
        expect(windowOf(windows)).toEqual(RANGES[series] === 0 ? [] : kept);
        if (windows.end === windows.first) continue;
        for (const [i, [t]] of kept.entries()) {
          const place = windows.firstAfter(t - 1);
          expect(place).toBe(windows.first + i * 2);
          expect(windows.growthFrom(place)).toBe(growthOf(kept.slice(i).map(([, value]) => value)));
        }
      }
    }),
    { numRuns: 60 },
  );
});

test("a window larger than a page goes on, and its neighbours too", () => {
  const windows = new SampleWindows();
  const [neighbour, large] = [windows.add(60_000), windows.add(3_600_000)];
  windows.seek(neighbour).remember(1, 7);
  for (let t = 1; t <= 100_000; t++) windows.seek(large).remember(t, t);
  expect(windows.end - windows.first).toBe(200_000);
  expect(windows.growthFrom(windows.first)).toBe(99_999);
  expect(windowOf(windows.seek(neighbour))).toEqual([[1, 7]]);
});
