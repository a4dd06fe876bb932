import { expect, test } from "vitest";
import { createDetectorBank } from "@sightline/shared/anomaly/detector-bank";
import { randomSource } from "../bench/anomaly-generator.ts";

const STEP = 300_000;
const DAY = 288;
const START = 2700 * 7 * DAY * STEP;

const hill = (i: number): number => 300 * (0.3 + Math.exp(-((((i % DAY) / 12 - 14) / 4) ** 2 / 2)));
const office = (i: number): number => (i % DAY >= 96 && i % DAY < 216 ? 220 : 100);

/** How many alarms come in the two hours from a fall to nothing, or to what is `left` of it, on, so many steps after the level has moved by `factor`, of each of eight series. */
function alarms(
  usual: (i: number) => number,
  factor: number,
  after: number,
  left: (k: number) => number = () => 0,
  ofCounts = false,
): number[] {
  return Array.from({ length: 8 }, (_, k) => {
    const random = randomSource(k + 1);
    const moved = Math.round(9.4 * DAY) + 43 * k;
    const falls = moved + after;
    const bank = createDetectorBank();
    const slot = bank.add();
    bank.enrich(slot);
    let found = 0;
    for (let i = 0; i < falls + 24; i++) {
      const level = usual(i) * (i >= moved ? factor : 1);
      const noise = (random() + random() + random() - 1.5) * 2;
      const value = ofCounts ? Math.round(level + Math.sqrt(level) * noise) : level * (1 + 0.03 * noise);
      const score = bank.observe(slot, START + i * STEP, value * (i >= falls ? left(i - falls) : 1));
      if (i >= falls && score >= 0.5) found++;
    }
    return found;
  });
}

test.each([
  { name: "a day's hill", usual: hill, factor: 0.5, after: 86 },
  { name: "an office", usual: office, factor: 0.5, after: 86 },
  { name: "a day's hill", usual: hill, factor: 4, after: 86 },
  { name: "an office", usual: office, factor: 2, after: 430 },
])("of $name whose level has moved by a factor of $factor, nothing at all is told $after steps later", ({ usual, factor, after }) => {
  const told = alarms(usual, factor, after);
  expect(told.filter((count) => count === 0)).toEqual([]);
  // One event is one alarm, but for what the level itself still has to tell.
  expect(told.filter((count) => count > 2)).toEqual([]);
});

test("what is nothing for one step and then goes on is not told for it again and again", () => {
  const told = alarms(office, 2, 430, (k) => (k % 8 === 0 ? 0 : 1));
  expect(Math.max(...told)).toBeLessThanOrEqual(1);
});

test("a fall of counts to below where they were before they doubled is no way back there", () => {
  const counts = (i: number): number => hill(i) / 3;
  const told = alarms(counts, 2, 1152, () => 0.3, true);
  expect(told.filter((count) => count > 0).length).toBeGreaterThanOrEqual(5);
});
