import { trend } from "@sightline/shared/trend/trend";
import { describe, expect, test } from "vitest";
import { HOUR, MINUTE, noise, series, told } from "../support/made-series.ts";

/** The season that is told of a wave, in its own unit. */
function seasonOf(period: number, count: number, stepMs: number): number {
  const deviate = noise(period + count);
  const wave = Array.from({ length: count }, (_, i) => 10 + 3 * Math.sin((2 * Math.PI * i) / period) + 0.2 * deviate());
  const { seasons } = told(trend(series(wave, stepMs)));
  return (seasons[0]?.periodMs ?? NaN) / stepMs;
}

describe("a season beside the calendar's", () => {
  test.each([22, 23, 24, 25, 26, 28])("of %d h is told as what it is, in a week and in four", (period) => {
    for (const days of [7, 28]) expect(seasonOf(period, days * 24, HOUR)).toBeCloseTo(period, 0);
  });

  test.each([50, 55, 57, 60, 63, 66, 70])("of %d min is told as what it is, in five hours and in twelve", (period) => {
    for (const hours of [5, 12]) expect(Math.abs(seasonOf(period, hours * 60, MINUTE) / period - 1)).toBeLessThan(0.01);
  });
});

describe("a season that is a part of the calendar's, and one that steps do not resolve", () => {
  test.each([4, 6, 8, 12])("of %d h is no day, in three days and in ten", (period) => {
    for (const days of [3, 10]) expect(Math.abs(seasonOf(period * 4, days * 96, HOUR / 4) / (period * 4) - 1)).toBeLessThan(0.02);
  });

  test.each([10, 12, 15, 20, 30])("of %d min is no hour", (period) => {
    expect(Math.abs(seasonOf(period, 600, MINUTE) / period - 1)).toBeLessThan(0.02);
  });

  test("of a day whose thirds are unlike is a day", () => {
    const deviate = noise(3);
    const shifts = Array.from({ length: 240 }, (_, i) => 100 + (i % 8 < 2 ? 20 : 0) + (i % 24 < 8 ? 10 : 0) + deviate());
    expect(told(trend(series(shifts, HOUR))).seasons[0]?.periodMs).toBe(24 * HOUR);
  });

  test("of two steps is none, nor any even number of them, and a day beside it is told", () => {
    for (let seed = 1; seed <= 12; seed++) {
      const deviate = noise(seed);
      const job = Array.from({ length: 288 }, (_, i) => 5 + (i % 2 === 0 ? 16 : 0) + deviate());
      expect(told(trend(series(job, 5 * MINUTE))).seasons).toEqual([]);
      const beside = job.map((value, i) => value + 3 * Math.sin((2 * Math.PI * i) / 96));
      expect(told(trend(series(beside, 15 * MINUTE))).seasons.map(({ periodMs }) => periodMs)).toEqual([24 * HOUR]);
    }
  });
});
