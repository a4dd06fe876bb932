import { ByteReader } from "@sightline/shared/encoding/byte-reader";
import { ByteWriter } from "@sightline/shared/encoding/byte-writer";
import { addMoments, addValue, emptyMoments, standardDeviation } from "@sightline/shared/aggregation/moments";
import { array, assert, constantFrom, double, property } from "fast-check";
import { describe, expect, test } from "vitest";
import { WINDOWS_MS, WINDOW_BYTES_PER_SERIES, WindowSet } from "../../worker/src/rules/windows/window-set.ts";

const START = 1_700_000_000_000;
const MINUTE = 60_000;

/** Moments of the samples that a window may and must cover, given the width of its slots. */
function within(samples: readonly (readonly [t: number, v: number])[], fromMs: number, toMs: number) {
  const moments = emptyMoments();
  for (const [t, v] of samples) if (t > fromMs && t <= toMs) addValue(moments, v);
  return moments;
}

describe("windows", () => {
  test("cost at most 1.5 KB a series", () => {
    expect(WINDOW_BYTES_PER_SERIES).toBeLessThanOrEqual(1536);
  });

  test("cover between seven eighths of their length and all of it, whatever the spacing and gaps of the samples", () => {
    const gap = constantFrom(100, 1000, 5000, 10_000, 61_000, 400_000, 4_000_000, 90_000_000);
    assert(
      property(
        array(gap, { minLength: 1, maxLength: 200 }),
        array(double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 200, maxLength: 200 }),
        (gaps, values) => {
          const windows = new WindowSet();
          windows.add(0);
          let t = START;
          const samples: [number, number][] = gaps.map((ms, i) => [(t += ms), values[i] ?? 0]);
          for (const [at, value] of samples) windows.observe(0, at, value);
          for (const length of WINDOWS_MS) {
            const read = windows.read(0, length, t);
            const least = within(samples, t - length * 0.875, t);
            const most = within(samples, t - length, t);
            expect(read?.count).toBeGreaterThanOrEqual(least.count);
            expect(read?.count).toBeLessThanOrEqual(most.count);
            // The window is exactly the newest `count` samples.
            const exact = emptyMoments();
            for (const [, value] of samples.slice(samples.length - (read?.count ?? 0))) addValue(exact, value);
            expect(read?.min).toBe(exact.min);
            expect(read?.max).toBe(exact.max);
            expect(read?.sum).toBeCloseTo(exact.sum, 3);
            if (read !== null)
              expect(Math.abs(standardDeviation(read) - standardDeviation(exact))).toBeLessThan(1e-3 * (1 + standardDeviation(exact)));
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  test("empty as time passes without samples", () => {
    const windows = new WindowSet();
    windows.add(0);
    windows.observe(0, START, 5);
    expect(windows.read(0, MINUTE, START + 30_000)?.count).toBe(1);
    expect(windows.read(0, MINUTE, START + 61_000)?.count).toBe(0);
    expect(windows.read(0, 86_400_000, START + 61_000)?.count).toBe(1);
  });

  test("of one series do not touch those of its neighbours, across slabs", () => {
    const windows = new WindowSet();
    for (let ref = 0; ref < 300; ref++) windows.add(ref);
    for (let i = 0; i < 120; i++) for (let ref = 0; ref < 300; ref++) windows.observe(ref, START + i * 1000, ref);
    for (let ref = 0; ref < 300; ref++)
      expect(windows.read(ref, 300_000, START + 119_000)).toMatchObject({ count: 120, min: ref, max: ref });
  });

  test("are the same after being saved and loaded", () => {
    const windows = new WindowSet();
    windows.add(3);
    for (let i = 0; i < 5000; i++) windows.observe(3, START + i * 7000, Math.sin(i) * 100);
    const writer = new ByteWriter();
    windows.save(3, writer);
    const copy = new WindowSet();
    copy.load(3, new ByteReader(writer.copy()));
    const end = START + 4999 * 7000;
    for (const length of WINDOWS_MS) expect(copy.read(3, length, end)).toEqual(windows.read(3, length, end));
    windows.observe(3, end + 7000, 1);
    copy.observe(3, end + 7000, 1);
    for (const length of WINDOWS_MS) expect(copy.read(3, length, end + 7000)).toEqual(windows.read(3, length, end + 7000));
  });

  test("ignore NaN and survive huge values", () => {
    const windows = new WindowSet();
    windows.add(0);
    windows.observe(0, START, Number.NaN);
    windows.observe(0, START + 1000, 1e300);
    windows.observe(0, START + 2000, -1e300);
    expect(windows.read(0, MINUTE, START + 2000)).toMatchObject({ count: 2, min: -1e300, max: 1e300, sum: 0 });
  });
});

test("moments of parts add up to the moments of the whole", () => {
  const values = array(double({ min: -1e3, max: 1e3, noNaN: true }), { maxLength: 50 });
  assert(
    property(values, values, (a, b) => {
      const [left, right, both] = [emptyMoments(), emptyMoments(), emptyMoments()];
      for (const value of a) addValue(left, value);
      for (const value of b) addValue(right, value);
      for (const value of [...a, ...b]) addValue(both, value);
      addMoments(left, right.count, right.sum, right.m2, right.min, right.max);
      expect(left.count).toBe(both.count);
      expect(left.m2).toBeCloseTo(both.m2, 3);
    }),
  );
});
