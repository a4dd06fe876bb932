/** What grows on working days: the week that is taken out takes of the noise, too, which is to come all the same. */
import { fitGrowth } from "@sightline/shared/capacity/saturation";
import { expect, test } from "vitest";
import { randomSource } from "../bench/anomaly-generator.ts";
import { HOUR, START, told } from "../support/made-series.ts";

/** Usual deviation of what the growth of an hour brings, which is even in 0.5 to 1.5 on working days and a tenth of that at weekends. */
const DEVIATION = Math.sqrt((5 / 7 + (2 / 7) * 0.01) / 12);

test.each([15, 28])("innovations of %d days are as large as they are, on average", (days) => {
  let ratio = 0;
  for (let seed = 1; seed <= 8; seed++) {
    const random = randomSource(seed);
    let stock = 300;
    const values = Array.from({ length: 24 * days }, (_, i) => (stock += (Math.floor(i / 24) % 7 < 5 ? 1 : 0.1) * (0.5 + random())));
    const { models, scale } = told(fitGrowth({ timestamps: values.map((_, i) => START + i * HOUR), values }));
    for (const { weight, rests } of models)
      ratio += (weight * scale * Math.sqrt(rests.reduce((sum, rest) => sum + rest * rest, 0) / rests.length)) / DEVIATION / 8;
  }
  expect(ratio).toBeGreaterThan(0.93);
  expect(ratio).toBeLessThan(1.2);
});
