/** A day is known once two of them are over and are alike. */
import { forecast } from "@sightline/shared/forecast/forecast";
import { findSeasons } from "@sightline/shared/forecast/period";
import { expect, test } from "vitest";
import { randomSource } from "../bench/anomaly-generator.ts";

const STEP = 300_000;
const DAY = 288;

test.each([2, 2.2, 2.5])("%d days of five-minute samples have a day, and it is forecast; walks have none", (days) => {
  const count = Math.round(days * DAY);
  const random = randomSource(7);
  const day = (i: number): number => 3 * Math.sin((2 * Math.PI * i) / DAY);
  const values = Array.from({ length: count }, (_, i) => day(i) + random() - 0.5);
  expect(findSeasons(Float64Array.from(values), STEP).short).toBe(DAY);
  const answer = forecast({ timestamps: values.map((_, i) => i * STEP), values, horizonMs: (DAY / 2) * STEP });
  if ("refused" in answer) throw new Error(answer.refused.reason);
  for (const { t, mean } of answer.points) expect(Math.abs(mean - day(t / STEP))).toBeLessThan(0.6);
  let found = 0;
  for (let series = 0; series < 40; series++) {
    let value = 0;
    if (
      findSeasons(
        Float64Array.from({ length: count }, () => (value += random() - 0.5)),
        STEP,
      ).short === DAY
    )
      found++;
  }
  expect(found).toBeLessThanOrEqual(4);
});

test.each([2.1, 2.6, 3, 3.3])(
  "after %d days of a day that also grows the growth goes on: what has more days behind it has not jumped",
  (days) => {
    const count = Math.round(days * DAY);
    const random = randomSource(11);
    const truth = (i: number): number => 100 + (20 * i) / DAY + 20 * Math.sin((2 * Math.PI * i) / DAY);
    const values = Array.from({ length: count }, (_, i) => truth(i) + 2 * (random() - 0.5));
    const answer = forecast({ timestamps: values.map((_, i) => i * STEP), values, horizonMs: DAY * STEP });
    if ("refused" in answer) throw new Error(answer.refused.reason);
    const inside = answer.points.filter(({ t, lo95, hi95 }) => truth(t / STEP) >= lo95 && truth(t / STEP) <= hi95).length;
    expect(inside / answer.points.length).toBeGreaterThan(0.9);
    expect(Math.abs((answer.points.at(-1)?.mean ?? 0) - (values.at(-1) ?? 0) - 20)).toBeLessThan(4);
  },
);
