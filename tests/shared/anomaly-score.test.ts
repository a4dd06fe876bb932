import { createDetectorBank } from "@sightline/shared/anomaly/detector-bank";
import { describe, expect, test } from "vitest";
import { randomSource } from "../bench/anomaly-generator.ts";

const START = Date.UTC(2024, 0, 1);
const FIVE_MINUTES = 300_000;
const ANOMALOUS = 0.5;

/** A day's season with noise, a spike, a level that moves, and a run of one value. */
function valueAt(i: number, random: () => number): number {
  if (i >= 1400 && i < 1500) return 20;
  return 10 + 3 * Math.sin((2 * Math.PI * i) / 288) + random() + (i === 900 ? 30 : 0) + (i >= 1100 ? 12 : 0);
}

describe("sightline:anomaly_score, which is the score of the judgement", () => {
  test.each([false, true])("is suspicion below 0.5, and never less than it (rich tier: %s)", (rich) => {
    const bank = createDetectorBank();
    const slot = bank.add();
    if (rich) bank.enrich(slot);
    const random = randomSource(11);
    let told = 0;
    let suspect = 0;
    for (let i = 0; i < 1800; i++) {
      const score = bank.observe(slot, START + i * FIVE_MINUTES, valueAt(i, random));
      const suspicion = bank.suspicion(slot);
      if (bank.judgement(slot) === null) continue;
      expect(bank.judgement(slot)?.score).toBeCloseTo(score, 6);
      if (score >= ANOMALOUS) told++;
      else expect(score, `step ${i}`).toBeCloseTo(rich && bank.isRipe(slot) ? Math.min(0.49, suspicion) : suspicion, 5);
      if (suspicion >= 0.3) suspect++;
    }
    expect(told).toBeGreaterThan(0);
    expect(suspect).toBeGreaterThan(0);
  });
});

test.each([false, true])("what was never below zero is expected inside its range, whatever its profiles say (rich tier: %s)", (rich) => {
  const bank = createDetectorBank();
  for (let seed = 0; seed < 40; seed++) {
    const slot = bank.add();
    if (rich) bank.enrich(slot);
    const random = randomSource(seed);
    const period = 60 + 40 * seed;
    for (let i = 0; i < 900; i++) {
      const value = seed % 2 === 0 ? (i % period) / period : Math.max(0, Math.sin((2 * Math.PI * i) / period) + 0.1 * random());
      bank.observe(slot, START + i * FIVE_MINUTES, value * 10 ** (seed - 20));
      const judgement = bank.judgement(slot);
      if (judgement === null) continue;
      const { lower, expected, upper } = judgement;
      expect(lower, `seed ${seed}, step ${i}`).toBeGreaterThanOrEqual(0);
      expect(expected, `seed ${seed}, step ${i}`).toBeGreaterThanOrEqual(lower);
      expect(upper, `seed ${seed}, step ${i}`).toBeGreaterThanOrEqual(expected);
    }
  }
});
