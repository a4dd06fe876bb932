/** What begins to fill after hours of standing still is told of when it is full as soon as that can be known. */
import { fitGrowth, timeToReach } from "@sightline/shared/capacity/saturation";
import { expect, test } from "vitest";
import { randomSource } from "../bench/anomaly-generator.ts";
import { MINUTE, START, told } from "../support/made-series.ts";

test.each([10, 15, 30, 60])("filling for %d min, full in 20", (since) => {
  for (let seed = 1; seed <= 4; seed++) {
    const random = randomSource(seed);
    const values = Array.from({ length: 360 }, (_, i) => 20 + 5 * Math.max(0, i - (359 - since)) + 0.05 * (random() - 0.5));
    const fitted = told(fitGrowth({ timestamps: values.map((_, i) => START + i * MINUTE), values }));
    const { inMs, lowerMs, upperMs } = timeToReach(fitted, values.at(-1)! + 100, random);
    expect(Math.abs(inMs! / MINUTE - 20)).toBeLessThan(2);
    expect(lowerMs! / MINUTE).toBeLessThanOrEqual(20.1);
    expect(upperMs! / MINUTE).toBeGreaterThanOrEqual(19.9);
  }
});
