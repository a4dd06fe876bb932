import { describe, expect, test } from "vitest";
import { fitGrowth, timeToReach } from "@sightline/shared/capacity/saturation";
import { randomSource } from "../bench/anomaly-generator.ts";
import { noise } from "../support/made-series.ts";

const HOUR = 3_600_000;
const STEP = 2 * HOUR;
const SEEN = 336;

describe("what grows by amounts and scatters the more the larger it is", () => {
  test.each([
    ["in proportion", 100, 100, (level: number) => 0.1 * level],
    ["as counts do", 10, 30, (level: number) => Math.sqrt(level)],
  ])("%s is not taken for growth by shares: the limit is reached within the time told", (_, start, growth, scatter) => {
    const cases = 40;
    let inside = 0;
    for (let seed = 0; seed < cases; seed++) {
      const deviate = noise(seed + 1);
      const random = randomSource(seed + 1);
      const all = Array.from({ length: 12 * SEEN }, (__, i) => {
        const level = start + (growth * i) / SEEN;
        return Math.max(0, level + scatter(level) * deviate());
      });
      const values = all.slice(0, SEEN);
      const [least, most] = [Math.min(...values), Math.max(...values)];
      const limit = most + (most - least) * (0.1 + 1.9 * random());
      const after = all.slice(SEEN).findIndex((value) => value >= limit);
      const fitted = fitGrowth({ timestamps: values.map((__, i) => i * STEP), values });
      if ("refused" in fitted) throw new Error(fitted.refused.reason);
      const { lowerMs, upperMs } = timeToReach(fitted, limit, randomSource(seed));
      const truth = after < 0 ? Infinity : (after + 1) * STEP;
      if (truth >= (lowerMs ?? Infinity) && truth <= (upperMs ?? Infinity)) inside++;
    }
    // 27 and 26 before such growth was among the models.
    expect(inside).toBeGreaterThanOrEqual(34);
  });
});

test("what has doubled in what is seen may double again and again: far limits are within the time told", () => {
  let inside = 0;
  for (let seed = 0; seed < 20; seed++) {
    const deviate = noise(seed + 100);
    const values = Array.from({ length: SEEN }, (_, i) => 50 * Math.exp(0.002 * i) * (1 + 0.002 * deviate()));
    const fitted = fitGrowth({ timestamps: values.map((_, i) => i * HOUR), values });
    if ("refused" in fitted) throw new Error(fitted.refused.reason);
    // 48 days ahead; by amounts it would be 102.
    const { lowerMs, upperMs } = timeToReach(fitted, 1000, randomSource(seed));
    const truth = (Math.log(1000 / 50) / 0.002 - (SEEN - 1)) * HOUR;
    if (truth >= (lowerMs ?? Infinity) && truth <= (upperMs ?? Infinity)) inside++;
  }
  expect(inside).toBeGreaterThanOrEqual(17);
});

test.each([
  ["by 0.12 a step", 0.12, 0.07],
  ["by 0.06 a step", 0.06, 0.09],
])(
  "what grows by amounts that differ a little, beside noise that passes within some steps, reaches its limit within the time told: %s",
  (_, amount, noisy) => {
    const [cases, passing] = [40, 0.65];
    let inside = 0;
    for (let seed = 0; seed < cases; seed++) {
      const deviate = noise(seed + 300);
      let level = 50;
      let jitter = 0;
      const all = Array.from({ length: 4 * SEEN }, () => {
        level += amount + 0.012 * deviate();
        jitter = passing * jitter + noisy * deviate();
        return level + jitter;
      });
      const values = all.slice(0, SEEN);
      const limit = 50 + amount * 2.5 * SEEN;
      const truth = (all.slice(SEEN).findIndex((value) => value >= limit) + 1) * STEP;
      const fitted = fitGrowth({ timestamps: values.map((__, i) => i * STEP), values });
      if ("refused" in fitted) throw new Error(fitted.refused.reason);
      const { lowerMs, upperMs } = timeToReach(fitted, limit, randomSource(seed));
      if (truth >= (lowerMs ?? Infinity) && truth <= (upperMs ?? Infinity)) inside++;
    }
    // 24 and 28 before what adds up beside such noise was among the models.
    expect(inside).toBeGreaterThanOrEqual(34);
  },
);
