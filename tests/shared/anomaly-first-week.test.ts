import { describe, expect, test } from "vitest";
import { createDetectorBank } from "@sightline/shared/anomaly/detector-bank";
import { randomSource } from "../bench/anomaly-generator.ts";

const STEP_MS = 300_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** A Thursday, 00:00 UTC. */
const THURSDAY = 2700 * 7 * DAY_MS;

/** Hours after `fromDay` at which something is told of a series that is seen every five minutes for some hours beyond that day. */
function told(fromDay: number, hours: number, at: (tMs: number, hoursSince: number) => number): number[] {
  const bank = createDetectorBank();
  const slot = bank.add();
  bank.enrich(slot);
  const from = THURSDAY + fromDay * DAY_MS;
  const alarms: number[] = [];
  for (let t = THURSDAY; t < from + hours * HOUR_MS; t += STEP_MS)
    if (bank.observe(slot, t, at(t, Math.max(0, t - from) / HOUR_MS)) >= 0.5) alarms.push((t - from) / HOUR_MS);
  return alarms;
}

/** Normal, of deviation 1. */
function noise(seed: number): () => number {
  const random = randomSource(seed);
  return () => Math.sqrt(-2 * Math.log(random() + 1e-12)) * Math.cos(2 * Math.PI * random());
}

const wave = (tMs: number): number => Math.cos((2 * Math.PI * tMs) / DAY_MS);
const isWeekend = (tMs: number): boolean => (Math.floor(tMs / DAY_MS + 4) % 7) % 6 === 0;

describe("in its first week a series that leaves all it has been step by step is told", () => {
  test.each([1.5, 3, 5])("once, where a level doubles within ten hours from day %s on", (day) => {
    for (let seed = 1; seed <= 4; seed++) {
      const next = noise(seed);
      const alarms = told(day, 10, (_, hours) => 100 * (1 + hours / 10) + 2 * next());
      expect(alarms).toHaveLength(1);
      expect(alarms[0]).toBeGreaterThan(0);
      expect(alarms[0]).toBeLessThan(5);
    }
  });

  test.each([3, 5])("where the level of a day that goes by a third doubles each hour, from day %s on", (day) => {
    for (let seed = 1; seed <= 4; seed++) {
      const next = noise(seed);
      const [first = -1] = told(day, 3, (t, hours) => 100 * (1 + 0.3 * wave(t) + hours) + 2 * next());
      expect(first).toBeGreaterThan(0);
      expect(first).toBeLessThan(2);
    }
  });

  test("where a disk that fills by 0.3% a day fills by 1.25% an hour", () => {
    for (let seed = 1; seed <= 4; seed++) {
      const next = noise(seed);
      const [first = -1] = told(4, 5, (t, hours) => 60 + (0.3 * (t - THURSDAY)) / DAY_MS + 1.25 * hours + 0.01 * next());
      expect(first).toBeGreaterThan(0);
      expect(first).toBeLessThan(3);
    }
  });
});

test("a first weekend that is half as high is no news", () => {
  for (let seed = 1; seed <= 4; seed++) {
    const next = noise(seed);
    expect(told(1, 120, (t) => (isWeekend(t) ? 0.5 : 1) * 100 * (1 + 0.3 * wave(t) + 0.02 * next()))).toEqual([]);
  }
});
