import { describe, expect, test } from "vitest";
import { trend } from "@sightline/shared/trend/trend";
import { randomSource } from "../bench/anomaly-generator.ts";
import { MINUTE, START, told } from "../support/made-series.ts";

/** Means of a minute of what rises from 0 to 100 again and again, in six hours of samples every 5 s, and by so much more until their end. */
function sawtooth(seed: number, more = 0, sign = 1) {
  const random = randomSource(seed);
  const turnMs = 60_000 * Math.exp(Math.log(60) * random());
  const phase = random();
  const timestamps = Array.from({ length: 360 }, (_, i) => START + (i + 1) * MINUTE);
  const values = timestamps.map((_, i) => {
    let sum = 0;
    for (let k = 0; k < 12; k++) sum += 100 * ((phase + (i * MINUTE + k * 5000) / turnMs) % 1);
    return 100 + sign * (sum / 12) + (more * i) / 360;
  });
  return { timestamps, values };
}

describe("what rises slowly and comes back at once, at no time of the calendar", () => {
  test.each([1, -1])("goes nowhere", (sign) => {
    let going = 0;
    for (let seed = 1; seed <= 40; seed++) {
      const { direction, slope } = told(trend(sawtooth(seed, 0, sign)));
      if (direction === "rising" || direction === "falling") going++;
      else expect(slope.perHour.lower * slope.perHour.upper).toBeLessThanOrEqual(0);
    }
    expect(going).toBeLessThanOrEqual(2);
  });

  test("rises where its heights do", () => {
    for (let seed = 1; seed <= 40; seed++) {
      const { direction, slope } = told(trend(sawtooth(seed, 60)));
      expect([seed, direction]).toEqual([seed, "rising"]);
      expect(slope.perHour.value).toBeGreaterThan(5);
      expect(slope.perHour.value).toBeLessThan(15);
    }
  });
});
