/** What grows by shares, as most things that grow by themselves do. */
import { forecast } from "@sightline/shared/forecast/forecast";
import { expect, test } from "vitest";
import { randomSource } from "../bench/anomaly-generator.ts";

const HOUR = 3_600_000;
const DAY = 24;

/** `hours` of a series and a week more, doubling in so many days (halving where negative). */
function grown(days: number, hours: number, seed: number): number[] {
  const random = randomSource(seed);
  const noise = (): number => 0.04 * (random() + random() + random() - 1.5);
  return Array.from({ length: hours + 7 * DAY }, (_, i) => 100 * 2 ** ((i - hours) / DAY / days) * Math.exp(noise()));
}

test.for([
  [1, 28],
  [3, 28],
  [7, 28],
  [-7, 28],
  [1, 7],
  [3, 7],
] as const)("doubling in %d d is forecast a week ahead from %d d, and its intervals hold", ([days, of]) => {
  let [off, size, inside, all] = [0, 0, 0, 0];
  for (let seed = 1; seed <= 6; seed++) {
    const hours = of * DAY;
    const values = grown(days, hours, seed);
    const known = values.slice(0, hours);
    const answer = forecast({ timestamps: known.map((_, i) => i * HOUR), values: known, horizonMs: 7 * DAY * HOUR, stepMs: HOUR });
    if ("refused" in answer) throw new Error(answer.refused.reason);
    for (const { t, mean, lo95, hi95 } of answer.points) {
      const truth = values[t / HOUR] ?? NaN;
      off += Math.abs(mean - truth);
      size += truth;
      inside += Number(lo95 <= truth && truth <= hi95);
      all++;
    }
  }
  expect(off / size).toBeLessThan(0.05);
  expect(inside / all).toBeGreaterThan(0.93);
});

test("a line is a line, and a level is a level", () => {
  const random = randomSource(5);
  for (const valueAt of [(i: number) => 20 + i / 10 + random(), () => Math.exp(random() + random())]) {
    const values = Array.from({ length: 500 }, (_, i) => valueAt(i));
    const answer = forecast({ timestamps: values.map((_, i) => i * HOUR), values, horizonMs: 48 * HOUR });
    if ("refused" in answer) throw new Error(answer.refused.reason);
    expect(answer.models.filter(({ name }) => name.includes("logarithms"))).toEqual([]);
  }
});
