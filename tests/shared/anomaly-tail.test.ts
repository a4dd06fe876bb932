import { expect, test } from "vitest";
import { createDetectorBank } from "@sightline/shared/anomaly/detector-bank";
import { randomSource } from "../bench/anomaly-generator.ts";

const START = 1_700_000_000_000;
const FIVE_MINUTES = 300_000;
const PER_DAY = 288;
const SERIES = 40;

/** Whether the last of seven days of normal noise, so many deviations above their mean, is told; with noise of its own about that. */
function isTold(seed: number, deviations: number, noise: number): boolean {
  const bank = createDetectorBank();
  const slot = bank.add();
  bank.enrich(slot);
  const random = randomSource(seed * 977);
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const at = 7 * PER_DAY + 60 + seed;
  for (let i = 0; i < at; i++) bank.observe(slot, START + i * FIVE_MINUTES, 100 + normal());
  return bank.observe(slot, START + at * FIVE_MINUTES, 100 + deviations + noise * normal()) >= 0.5;
}

test("how far noise goes is known from both of its sides: from one alone the limit lies beyond 8 deviations in one series of six", () => {
  const told = Array.from({ length: SERIES }, (_, i) => isTold(i + 1, 8, 1)).filter((one) => one).length;
  expect(told).toBeGreaterThanOrEqual(37);
});

test("one value of five and a half deviations is mostly told: at the probability that sums are held to, of one series in three", () => {
  const told = Array.from({ length: SERIES }, (_, i) => isTold(i + 1, 5.5, 0)).filter((one) => one).length;
  expect(told).toBeGreaterThanOrEqual(24);
});
