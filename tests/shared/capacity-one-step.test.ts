import { fitGrowth, timeToReach } from "@sightline/shared/capacity/saturation";
import { expect, test } from "vitest";
import { randomSource } from "../bench/anomaly-generator.ts";
import { HOUR, noise, series, told } from "../support/made-series.ts";

const chanceToReach = (values: readonly number[]) => timeToReach(told(fitGrowth(series(values, HOUR))), 100, randomSource(5)).chance;

test.each([0.4, 0.5, 0.6, 0.95])("what was brought in at once, at %d of the history, and stays, is no growth", (share) => {
  const deviate = noise(31);
  for (const count of [24, 48, 14 * 24].filter((all) => (1 - share) * all > 5)) {
    const values = Array.from({ length: count }, (_, i) => (i < share * count ? 40 : 60) + 0.3 * deviate());
    expect(chanceToReach(values)).toBeLessThan(0.2);
  }
});

test("a rise that has just begun may be the beginning of something, and one that has its like comes again", () => {
  const deviate = noise(32);
  const begun = Array.from({ length: 336 }, (_, i) => (i < 334 ? 40 : 60) + 0.3 * deviate());
  expect(chanceToReach(begun)).toBeGreaterThan(0.2);
  const often = Array.from({ length: 336 }, (_, i) => 10 + 10 * Math.floor(i / 48) + 0.3 * deviate());
  expect(chanceToReach(often)).toBeGreaterThan(0.9);
});
