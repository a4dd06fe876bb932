import { describe, expect, test } from "vitest";
import { createDetectorBank } from "@sightline/shared/anomaly/detector-bank";
import type { AnomalyKind } from "@sightline/shared/model/anomaly";
import { fleetSeries } from "../bench/anomaly-fleet.ts";
import { construct, randomSource } from "../bench/anomaly-generator.ts";

const START = 1_700_000_000_000;
const FIVE_MINUTES = 300_000;
const PER_DAY = 288;

/** Names of the events from step `from` on, as they are named in the end. */
function told(times: ArrayLike<number>, values: ArrayLike<number>, from: number): AnomalyKind[] {
  const bank = createDetectorBank();
  const slot = bank.add();
  bank.enrich(slot);
  const names: AnomalyKind[] = [];
  for (let i = 0; i < values.length; i++) {
    const score = bank.observe(slot, times[i] ?? 0, values[i] ?? 0);
    const kind = bank.judgement(slot)?.kind ?? "spike";
    if (score >= 0.5 && i >= from) names.push(kind);
    else if (bank.revised(slot) && names.length > 0) names[names.length - 1] = kind;
  }
  return names;
}

function noisy(steps: number, change: (value: number, i: number) => number): readonly [number[], number[]] {
  const random = randomSource(17);
  const values = Array.from({ length: steps }, (_, i) => change(100 + 6 * (random() + random() + random() - 1.5), i));
  return [values.map((_, i) => START + i * FIVE_MINUTES), values];
}

describe("one event is one alarm", () => {
  test("a value that stands still for half a day is a flat line and nothing else, also when it moves again", () => {
    for (const shape of ["noise", "day", "wander"]) {
      const { times, values, truth } = construct(shape, "flatline", 606, FIVE_MINUTES, 14);
      expect(told(times, values, truth?.start ?? 0)).toEqual(["flatline"]);
    }
  });

  test("a level that moves for a day and goes back is told when it moves", () => {
    const [times, values] = noisy(12 * PER_DAY, (value, i) => (i >= 9 * PER_DAY && i < 10 * PER_DAY ? value + 40 : value));
    expect(told(times, values, 8 * PER_DAY)).toEqual(["level_shift"]);
  });

  test("what scatters as its level has it scatters as it did once it is back after days, and that is no news", () => {
    const random = randomSource(29);
    const values = Array.from({ length: 12 * 1440 }, (_, i) => {
      const noise = 1 + 0.08 * (random() + random() + random() - 1.5);
      return 100 * noise * (i >= 9 * 1440 && i < 11.7 * 1440 ? 2 : 1);
    });
    const times = values.map((_, i) => START + i * 60_000);
    expect(told(times, values, 8 * 1440)).toEqual(["level_shift"]);
  });

  test("a level that goes back and moves again is told again", () => {
    const high = (i: number): boolean => (i >= 9 * PER_DAY && i < 10 * PER_DAY) || i >= 11 * PER_DAY;
    const [times, values] = noisy(12 * PER_DAY, (value, i) => (high(i) ? value + 40 : value));
    expect(told(times, values, 8 * PER_DAY)).toEqual(["level_shift", "level_shift"]);
  });

  test("values that scatter four times as much for a day are one change of variance, from their first far value to their last", () => {
    const [times, values] = noisy(13 * PER_DAY, (value, i) => (i >= 9 * PER_DAY && i < 10 * PER_DAY ? 100 + 4 * (value - 100) : value));
    expect(told(times, values, 8 * PER_DAY)).toEqual(["variance_change"]);
  });

  test("a few far values are a spike, not scatter", () => {
    const [times, values] = noisy(10 * PER_DAY, (value, i) => (i >= 2600 && i < 2604 ? value + 60 : value));
    expect(told(times, values, 8 * PER_DAY)).toEqual(["spike"]);
  });

  test("a season that is gone for two days is told once, not again when it comes back", () => {
    const { times, values, truth } = fleetSeries("cpu", "seasonal_break", 7919 * 3 + 131 * 14 + 303, FIVE_MINUTES, 14);
    expect(told(times, values, truth?.start ?? 0)).toEqual(["seasonal_break"]);
  });
});
