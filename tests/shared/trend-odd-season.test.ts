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
