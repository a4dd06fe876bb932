import { expect, test } from "vitest";
import { createDetectorBank } from "@sightline/shared/anomaly/detector-bank";
import { construct, randomSource } from "../bench/anomaly-generator.ts";

const STEP_MS = 300_000;
const PER_DAY = 288;
const START = 1_772_409_600_000;

/** Steps at which something is told after the first two days. */
function told(values: ArrayLike<number>): number[] {
  const bank = createDetectorBank();
  const slot = bank.add();
  bank.enrich(slot);
  return Array.from(values).flatMap((value, i) => (bank.observe(slot, START + i * STEP_MS, value) >= 0.5 && i > 2 * PER_DAY ? [i] : []));
}

test("a drift of 1% a day in a series that bursts is told by the days that lead there together, where the last one alone is not far enough", () => {
  const found = [1, 3, 8, 10].filter((seed) => {
    const { values, truth } = construct("bursts", "trend_change", seed, STEP_MS, 14);
    return told(values).some((at) => truth !== null && at >= truth.start);
  });
  expect(found.length).toBeGreaterThanOrEqual(3);
});

test("a job that runs every hour is no drift once the first week is over", () => {
  for (let seed = 1; seed <= 3; seed++) {
    const random = randomSource(seed);
    const values = Array.from(
      { length: 11 * PER_DAY },
      (_, i) => 100 + 8 * (random() + random() + random() + random() - 2) + (i % 12 === 0 ? 150 : 0),
    );
    expect(told(values)).toEqual([]);
  }
});
