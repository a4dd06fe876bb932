/** What fills more slowly from day to day goes on filling: its slope has fallen, and need not fall on below nothing. */
import { fitGrowth, timeToReach } from "@sightline/shared/capacity/saturation";
import { expect, test } from "vitest";
import { randomSource } from "../bench/anomaly-generator.ts";
import { DAY, START, noise, told } from "../support/made-series.ts";

test.each<readonly [string, (age: number) => number]>([
  ["as a root", (age) => Math.sqrt(age + 0.02)],
  ["as a power", (age) => (age + 0.01) ** 0.7],
  ["as a logarithm", (age) => Math.log(1 + 5 * age)],
])("growing ever more slowly, %s, it is full when it is", (_, grown) => {
  const ages = 26;
  for (const scatter of [0.0003, 0.003])
    for (let seed = 1; seed <= 4; seed++) {
      const deviate = noise(seed);
      const values = Array.from({ length: 312 }, (__, i) => 100 * (1 + 0.5 * grown(i / 312) + scatter * deviate()));
      const fitted = told(fitGrowth({ timestamps: values.map((__, i) => START + (i * ages * DAY) / 312), values }, true));
      const { inMs, lowerMs, upperMs } = timeToReach(fitted, 100 * (1 + 0.5 * grown(1.5)), randomSource(seed));
      const days = ages / 2;
      expect(inMs! / DAY).toBeGreaterThan(days / 3);
      expect(inMs! / DAY).toBeLessThan(2 * days);
      expect(lowerMs! / DAY).toBeLessThan(1.03 * days);
      expect((upperMs ?? Infinity) / DAY).toBeGreaterThan(0.97 * days);
    }
});
