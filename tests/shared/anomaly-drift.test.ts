import { expect, test } from "vitest";
import { createDetectorBank } from "@sightline/shared/anomaly/detector-bank";
import { construct, randomSource } from "../bench/anomaly-generator.ts";

const STEP_MS = 300_000;
const PER_DAY = 288;
const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
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

/** Box & Muller 1958. */
const normal = (random: () => number): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

/** Of twelve latencies of 14 days, which go up by 15% about 14 h and scatter by `sd`: how many drifts by 1% a day from day 8.5 on are told. */
function weakSeasonsFound(sd: number): number {
  const drift = 8.5 * PER_DAY;
  const seeds = Array.from({ length: 12 }, (_, k) => k + 1);
  return seeds.filter((seed) => {
    const random = randomSource(seed * 31);
    const begins = Math.floor(random() * PER_DAY);
    const values = Array.from({ length: 14 * PER_DAY }, (_, i) => {
      const hour = ((i + begins) % PER_DAY) / 12;
      const level =
        80 * (1 + 0.15 * Math.exp(-(((hour - 14) / 4) ** 2) / 2)) * (1 + (Math.max(0, i - drift) / PER_DAY) * (seed % 2 ? 0.01 : -0.01));
      return level * (1 + sd * normal(random));
    });
    return told(values).some((at) => at >= drift);
  }).length;
}

test("a drift is no weekend: it is told also where a weak season makes the days that it moved differ", () => {
  expect(weakSeasonsFound(0.1)).toBeGreaterThanOrEqual(11);
  expect(weakSeasonsFound(0.14)).toBeGreaterThanOrEqual(8);
});

test("the first working day after a holiday is not held against a week that was moved to below nothing", () => {
  const holiday = Date.UTC(2026, 2, 13);
  for (let seed = 15; seed <= 20; seed++) {
    const random = randomSource(seed);
    const bank = createDetectorBank();
    const slot = bank.add();
    bank.enrich(slot);
    const from = Date.UTC(2026, 2, 3, seed);
    for (let t = from; t < from + 14 * DAY_MS; t += STEP_MS) {
      const isOff = ((Math.floor(t / DAY_MS) + 4) % 7) % 6 === 0 || (t >= holiday && t < holiday + DAY_MS);
      const fromOne = (((t % DAY_MS) / HOUR_MS - 13 + 36) % 24) - 12;
      const users = 300 * (0.08 + 0.92 * Math.exp(-((fromOne / 3.6) ** 2) / 2)) * (isOff ? 0.25 : 1) * (1 + 0.05 * normal(random));
      // What is not scraped.
      if (random() < 0.0015) continue;
      const score = bank.observe(slot, t, Math.round(users));
      if (t > holiday + DAY_MS && score >= 0.5) expect(bank.judgement(slot)?.kind).not.toBe("trend_change");
    }
  }
});
