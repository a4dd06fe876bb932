import { describe, expect, test } from "vitest";
import { createDetectorBank } from "@sightline/shared/anomaly/detector-bank";
import { randomSource } from "../bench/anomaly-generator.ts";

const MINUTE_MS = 60_000;
const PER_DAY = 1440;
const MIDNIGHT = 1_772_409_600_000;

/** Minutes at which something is told of a series that is seen every minute from midnight on. */
function told(minutes: number, at: (minute: number) => number): number[] {
  const bank = createDetectorBank();
  const slot = bank.add();
  bank.enrich(slot);
  return Array.from({ length: minutes }, (_, i) => i).filter((i) => bank.observe(slot, MIDNIGHT + i * MINUTE_MS, at(i)) >= 0.5);
}

/** Normal, of deviation 1. */
function noise(seed: number): () => number {
  const random = randomSource(seed);
  return () => Math.sqrt(-2 * Math.log(random() + 1e-12)) * Math.cos(2 * Math.PI * random());
}

describe("on its first morning a series whose noise is a share of it", () => {
  const height = (minute: number): number => 100 * (1 - 0.6 * Math.cos((2 * Math.PI * minute) / PER_DAY));

  test("scatters no more for being higher", () => {
    for (let seed = 1; seed <= 6; seed++) {
      const next = noise(seed);
      expect(told(PER_DAY / 2, (minute) => height(minute) * (1 + 0.05 * next()))).toEqual([]);
    }
  });

  test("scatters more where it does so by three times", () => {
    const found = [1, 2, 3, 4, 5, 6].filter((seed) => {
      const next = noise(seed);
      return told(PER_DAY / 2, (minute) => height(minute) * (1 + (minute < 420 ? 0.05 : 0.15) * next())).some((at) => at >= 420);
    });
    expect(found.length).toBeGreaterThanOrEqual(5);
  });
});
