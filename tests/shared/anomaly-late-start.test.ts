/** What the rich tier makes of a series that it gets late, and of seasons that it has just begun to measure. */
import { expect, test } from "vitest";
import { createDetectorBank } from "@sightline/shared/anomaly/detector-bank";
import { randomSource } from "../bench/anomaly-generator.ts";

const START = Date.UTC(2026, 2, 2);
const DAY_MS = 86_400_000;

const noise = (seed: number): (() => number) => {
  const random = randomSource(seed);
  return () => random() + random() + random() + random() - 2;
};

test("one that becomes suspect while it stands still is learned when it moves again: its scatter is not nothing", () => {
  const [still, moves, end] = [1500, 1572, 2172];
  let toldStill = 0;
  let toldAgain = 0;
  let toldLater = 0;
  for (let seed = 0; seed < 20; seed++) {
    const bank = createDetectorBank();
    const slot = bank.add();
    const next = noise(seed);
    let value = 0;
    let before = 0;
    for (let i = 0; i < end; i++) {
      if (i <= still || i >= moves) value = 50 + next();
      const score = bank.observe(slot, START + i * 300_000, value);
      if (i >= still && score >= 0.3) bank.enrich(slot);
      if (i < still || score < 0.5) continue;
      if (i >= moves + 6) toldLater++;
      else if (before++ === 0) toldStill++;
      else toldAgain++;
    }
  }
  expect(toldStill).toBe(20);
  expect(toldAgain).toBeLessThanOrEqual(1);
  expect(toldLater).toBeLessThanOrEqual(1);
});

test("the week's season is no measure before half a day of it was seen, however short the steps are", () => {
  const stepMs = 15_000;
  let told = 0;
  for (const seed of [4, 5, 7]) {
    const bank = createDetectorBank();
    const slot = bank.add();
    bank.enrich(slot);
    const next = noise(seed);
    let slow = 0;
    for (let t = 0; t < 7.2 * DAY_MS; t += stepMs) {
      slow = 0.9 * slow + 4 * next();
      const score = bank.observe(slot, START + t, 100 * (1 + 0.4 * Math.sin((2 * Math.PI * t) / DAY_MS)) + slow);
      if (t > 7 * DAY_MS && score >= 0.5) told++;
    }
  }
  expect(told).toBe(0);
});
