import { describe, expect, test } from "vitest";
import { createDetectorBank } from "@sightline/shared/anomaly/detector-bank";
import { randomSource } from "../bench/anomaly-generator.ts";

const START = 1_772_409_600_000;
const FIVE_MINUTES = 300_000;
const KNOWN = 8.5 * 288;

/** Nearly normal, of deviation 1. */
function noise(seed: number): () => number {
  const random = randomSource(seed);
  return () => Math.sqrt(3) * (random() + random() + random() + random() - 2);
}

/** Steps after `from` at which something is told of a series of `values`, NaN where nothing arrives. */
function told(values: Iterable<number>, from: number, deploy = Infinity): number[] {
  const bank = createDetectorBank();
  const slot = bank.add();
  bank.enrich(slot);
  const steps: number[] = [];
  let i = 0;
  for (const value of values) {
    const tMs = START + i * FIVE_MINUTES;
    if (i === deploy) bank.permitChange(slot, tMs);
    if (!Number.isNaN(value) && bank.observe(slot, tMs, value) >= 0.5 && i >= from) steps.push(i - from);
    i++;
  }
  return steps;
}

describe("soon after an event that was small", () => {
  const firsts = [
    { first: "a spike", lasts: 1, at: () => 136 },
    { first: "a dip", lasts: 1, at: () => 64 },
    { first: "three hours of scatter", lasts: 36, at: (draw: number) => 100 + 12 * draw },
    { first: "three hours of one value", lasts: 36, at: () => 101 },
    { first: "three hours of silence", lasts: 36, at: () => Number.NaN },
  ];
  const cases = firsts.flatMap((one) => [2, 6, 24].flatMap((lag) => [0, 500].map((goes) => ({ ...one, lag, goes }))));

  test.each(cases)("$first, $lag steps ago, a level of 100 that goes to $goes for good is told at once", ({ lasts, at, lag, goes }) => {
    for (const seed of [1, 2]) {
      const draw = noise(seed);
      const second = KNOWN + lasts + lag;
      const values = Array.from({ length: second + 36 }, (_, i) => {
        if (i >= second) return goes === 0 ? 0 : goes + 3 * draw();
        return i >= KNOWN && i < KNOWN + lasts ? at(draw()) : 100 + 3 * draw();
      });
      expect(told(values, second)).toEqual([0]);
    }
  });
});

test.each([0, 50, 130, 500])("a series of 100 that comes back from an hour of silence at %i is told beside the silence", (goes) => {
  const draw = noise(4);
  const second = KNOWN + 12;
  const back = Array.from({ length: second + 36 }, (_, i) => {
    if (i >= second) return goes === 0 ? 0 : goes + 3 * draw();
    return i >= KNOWN ? Number.NaN : 100 + 3 * draw();
  });
  expect(told(back, KNOWN)).toEqual([12, 13]);
});

test("a level that a deploy moves by a few deviations is not told when one of its values is further out, half an hour later and more", () => {
  const seeds = Array.from({ length: 8 }, (_, i) => i + 1);
  const alarms = seeds.flatMap((seed) => {
    const draw = noise(seed);
    return told(
      Array.from({ length: KNOWN + 288 }, (_, i) => Math.exp(0.1 * draw()) + (i >= KNOWN ? 0.3 : 0)),
      KNOWN,
      KNOWN,
    ).filter((step) => step < 40);
  });
  expect(alarms).toEqual([]);
});

describe("after hours in which a series of days was not as on other days", () => {
  const FROM = 12 * 288 + 9 * 12;
  const wave = (i: number): number => Math.max(0, Math.sin((2 * Math.PI * (i - 84)) / 288));
  const firsts = [
    { first: "a holiday, at the night's level", lasts: 84, times: 0.12 },
    { first: "an outage of two hours", lasts: 24, times: 0 },
  ];
  const cases = firsts.flatMap((one) => [6, 24].flatMap((hours) => [0, 5].map((goes) => ({ ...one, hours, goes }))));

  test.each(cases)(
    "$first, $hours h ago, what goes to $goes times is told within minutes, and nothing before",
    ({ lasts, times, hours, goes }) => {
      for (const seed of [1, 2, 3]) {
        const draw = noise(seed);
        const back = FROM + lasts;
        const second = back + hours * 12;
        const values = Array.from({ length: second + 12 }, (_, i) => {
          const usual = (20 + 180 * wave(i)) * (1 + 0.04 * draw());
          return usual * (i >= second ? goes : i >= FROM && i < back ? times : 1);
        });
        const steps = told(values, back);
        expect(steps.length).toBeGreaterThan(0);
        for (const step of steps) {
          expect(step).toBeGreaterThanOrEqual(hours * 12);
          expect(step).toBeLessThan(hours * 12 + 6);
        }
      }
    },
  );
});

test.each([
  { first: "that has stayed for two hours", ago: 120 },
  { first: "that has just been told", ago: 12 },
])("a level $first in a series with a season hides nothing of a deploy that moves it much further", ({ ago }) => {
  const perDay = 1440;
  const deploy = 9.375 * perDay;
  for (const seed of [1, 2, 3, 4]) {
    const bank = createDetectorBank();
    const slot = bank.add();
    bank.enrich(slot);
    const draw = noise(seed);
    const moved: number[] = [];
    const renamed: (string | undefined)[] = [];
    for (let i = 0; i < deploy + 60; i++) {
      if (i === deploy) bank.permitChange(slot, START + i * 60_000);
      const times = i >= deploy + 3 ? 4 : i >= deploy - ago ? 1.5 : 1;
      bank.observe(slot, START + i * 60_000, times * (120 - 20 * Math.cos((2 * Math.PI * i) / perDay)) * Math.exp(0.05 * draw()));
      if (bank.movedByDeploy(slot)) moved.push(i - deploy);
      else if (i > deploy && bank.revised(slot)) renamed.push(bank.judgement(slot)?.kind);
    }
    expect(moved[0]).toBeLessThan(12);
    expect(renamed).not.toContain("seasonal_break");
  }
});

test("an outage of two hours by day hides no outage of the night after it, in a series with a season", () => {
  const perDay = 1440;
  const first = 9.375 * perDay;
  for (const seed of [1, 2]) {
    const draw = noise(seed);
    const bank = createDetectorBank();
    const slot = bank.add();
    bank.enrich(slot);
    const steps: number[] = [];
    for (let i = 0; i < first + 880; i++) {
      const isOut = (i >= first && i < first + 120) || i >= first + 840;
      const value = (110 + 90 * Math.cos((2 * Math.PI * (i - 900)) / perDay)) * (1 + 0.04 * draw());
      const score = bank.observe(slot, START + i * 60_000, isOut ? 0 : Math.round(value));
      if (score >= 0.5 && i >= first) steps.push(i - first);
    }
    expect(steps[0]).toBe(0);
    expect(steps.some((step) => step >= 840)).toBe(true);
  }
});

describe.each([5, 10])("%i minutes after one of five times the requests, in a series with a season", (after) => {
  const perDay = 1440;
  const spike = 9.6 * perDay;

  test.each([
    { second: "none at all for half an hour", lasts: 30, times: 0 },
    { second: "a value a hundred times as far", lasts: 1, times: 100 },
    { second: "ten minutes of a hundred times as many", lasts: 10, times: 100 },
  ])("$second is told at once, and the spike keeps its name", ({ lasts, times }) => {
    for (const seed of [1, 2, 3]) {
      const draw = noise(seed);
      const bank = createDetectorBank();
      const slot = bank.add();
      bank.enrich(slot);
      const names: string[] = [];
      for (let i = 0; i < spike + after + 6; i++) {
        const since = i - spike;
        const usual = (110 + 90 * Math.cos((2 * Math.PI * (i - 900)) / perDay)) * (1 + 0.06 * draw());
        const score = bank.observe(
          slot,
          START + i * 60_000,
          usual * (since === 0 ? 5 : since >= after && since < after + lasts ? times : 1),
        );
        if (since >= 0 && (score >= 0.5 || bank.revised(slot))) names.push(`${since} ${bank.judgement(slot)?.kind}`);
      }
      expect(names).toEqual(["0 spike", `${after} ${times === 0 ? "dip" : "spike"}`]);
    }
  });
});
