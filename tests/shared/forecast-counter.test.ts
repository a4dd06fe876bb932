import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { forecast } from "@sightline/shared/forecast/forecast";
import { joinedCounter } from "@sightline/shared/forecast/joined-counter";
import { randomSource } from "../bench/anomaly-generator.ts";
import { HOUR, noise, series, told } from "../support/made-series.ts";

describe("a counter", () => {
  test("is joined over its resets and ends at what it shows", () => {
    expect([...joinedCounter([5, 8, 2, 4, 1])]).toEqual([-7, -4, -2, 0, 1]);
  });

  test("goes on growing at its rate after a reset", () => {
    const counted = joinedCounter(Array.from({ length: 200 }, (_, i) => (i * 3) % 270));
    const { points } = told(forecast({ ...series([...counted], 60_000), horizonMs: HOUR }));
    const now = counted.at(-1) ?? 0;
    expect(points.at(-1)?.mean).toBeGreaterThan(now + 150);
    expect(points.at(-1)?.mean).toBeLessThan(now + 210);
  });

  test.each([0, 5e9])(
    "that began at %d is as well foreseen with a reset as without: by what it counts, not by where it stands",
    (start) => {
      let wide = 0;
      let held = 0;
      let all = 0;
      for (let seed = 1; seed <= 8; seed++) {
        const deviate = noise(seed);
        let count = start;
        const counted = Array.from(
          { length: 5 * 288 + 72 },
          (_, i) => (count += 100 + 60 * Math.sin((2 * Math.PI * i) / 288) + 10 * deviate()),
        );
        const shown = counted.map((value, i) => (i < 4.5 * 288 ? value : value - counted[4.5 * 288 - 1]!));
        const [whole, since] = [counted, shown].map((values) =>
          told(
            forecast({
              ...series([...joinedCounter(values.slice(0, 5 * 288))], 5 * 60_000),
              horizonMs: 6 * HOUR,
              counts: true,
              bounds: { lower: values[5 * 288 - 1]! },
            }),
          ),
        );
        for (const [i, point] of since!.points.entries()) {
          const truth = shown[5 * 288 + i]!;
          all++;
          if (point.lo95 <= truth && truth <= point.hi95) held++;
        }
        const rise = shown[5 * 288 + 71]! - since!.last;
        wide += (since!.points.at(-1)!.hi95 - since!.points.at(-1)!.lo95) / rise / 8;
        for (const [one, truth] of [
          [whole!, counted],
          [since!, shown],
        ] as const)
          expect(Math.abs(one.points.at(-1)!.mean - truth[5 * 288 + 71]!)).toBeLessThan(0.05 * rise);
      }
      expect(held / all).toBeGreaterThan(0.9);
      expect(wide).toBeLessThan(0.2);
    },
  );

  test("that counts seldom goes on counting, though it mostly counts nothing", () => {
    let [expected, foreseen] = [0, 0];
    for (let seed = 1; seed <= 8; seed++) {
      const random = randomSource(seed);
      let count = 1000;
      const values = Array.from({ length: 2016 }, () => (count += random() < 0.1 ? 1 : 0));
      const { points, last } = told(
        forecast({ ...series(values, 5 * 60_000), horizonMs: 24 * HOUR, counts: true, bounds: { lower: count } }),
      );
      foreseen += (points.at(-1)?.mean ?? NaN) - last;
      expected += 28.8;
    }
    expect(foreseen).toBeGreaterThan(0.6 * expected);
    expect(foreseen).toBeLessThan(1.4 * expected);
  });

  test("of two scrapers that are unevenly apart counts as fast as it does", () => {
    const timestamps = Array.from({ length: 600 }, (_, i) => (i >> 1) * 60_000 + (i % 2) * 10_000);
    const values = timestamps.map((ms) => ms / 6000);
    const { points, last } = told(forecast({ timestamps, values, horizonMs: HOUR, counts: true, bounds: { lower: values.at(-1) ?? 0 } }));
    expect((points.at(-1)?.mean ?? NaN) - last).toBeGreaterThan(500);
    expect((points.at(-1)?.mean ?? NaN) - last).toBeLessThan(700);
  });

  test("of nothing stays nothing, and any numbers are taken", () => {
    expect([...joinedCounter([])]).toEqual([]);
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1e12, noNaN: true }), { minLength: 1, maxLength: 50 }), (values) => {
        const joined = joinedCounter(values);
        expect(joined.at(-1)).toBe(values.at(-1));
        for (let i = 1; i < joined.length; i++) expect((joined[i] ?? 0) - (joined[i - 1] ?? 0)).toBeGreaterThanOrEqual(-1e-3);
      }),
      { seed: 9 },
    );
  });
});
