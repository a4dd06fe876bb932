import { fitGrowth, timeToReach } from "@sightline/shared/capacity/saturation";
import { expect, test } from "vitest";
import { randomSource } from "../bench/anomaly-generator.ts";
import { DAY, START, noise, told } from "../support/made-series.ts";

test.each([
  ["as a square", 0],
  ["by an amount and by ever more", 0.3],
])("growing %s, it is full when it is", (_, even) => {
  const grown = (age: number): number => even * age + (1 - even) * age * age;
  const ages = 14;
  let held = 0;
  let asked = 0;
  for (const scatter of [0.0003, 0.003, 0.02])
    for (let seed = 1; seed <= 4; seed++)
      for (const ahead of [0.2, 1]) {
        const deviate = noise(seed);
        const values = Array.from({ length: 312 }, (__, i) => 100 * (1 + grown(i / 312) + scatter * deviate()));
        const fitted = told(fitGrowth({ timestamps: values.map((__, i) => START + (i * ages * DAY) / 312), values }, true));
        const { inMs, lowerMs, upperMs } = timeToReach(fitted, 100 * (1 + grown(1 + ahead)), randomSource(seed));
        // What scatters is at the limit by its highest.
        const days = ahead * ages;
        expect(inMs! / DAY).toBeGreaterThan(0.7 * days);
        expect(inMs! / DAY).toBeLessThan(1.1 * days);
        asked++;
        if (lowerMs! / DAY < 1.02 * days && (upperMs ?? Infinity) / DAY > 0.94 * days) held++;
      }
  expect(held).toBeGreaterThanOrEqual(asked - 2);
});
