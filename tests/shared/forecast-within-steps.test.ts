import { forecast } from "@sightline/shared/forecast/forecast";
import type { Forecast } from "@sightline/shared/model/forecast";
import { describe, expect, test } from "vitest";
import { DAY, HOUR, MINUTE, noise, told } from "../support/made-series.ts";

const START = Date.UTC(2024, 0, 1);

/** How far the points of a forecast lie from what came, as a share of that, what it says of itself, and how many its 95% intervals hold. */
function judged(value: (t: number) => number, days: number, everyMs: number, horizonMs: number) {
  const deviate = noise(71);
  const timestamps = Array.from({ length: (days * DAY) / everyMs }, (_, i) => START + i * everyMs);
  const values = timestamps.map((t) => value(t) * (1 + 0.03 * deviate()));
  const { points, backtest } = told<Forecast>(forecast({ timestamps, values, horizonMs, stepMs: everyMs }));
  let off = 0;
  let size = 0;
  let held = 0;
  for (const { t, mean, lo95, hi95 } of points) {
    const truth = value(t) * (1 + 0.03 * deviate());
    off += Math.abs(mean - truth);
    size += truth;
    if (truth >= lo95 && truth <= hi95) held++;
  }
  return { wape: off / size, toldWape: backtest.wape, held: held / points.length };
}

const office = (t: number): number => (t % DAY >= 8 * HOUR && t % DAY < 18 * HOUR ? 80 : 20);
const nightly = (t: number): number => (t % DAY >= HOUR && t % DAY < 4 * HOUR ? 90 : 10);
const batch = (each: number, lasts: number) => (t: number) => (t % each < lasts ? 80 : 10);

describe("what samples do within the steps of the models is forecast as they usually do it", () => {
  test.each([
    ["an office, a month ahead", office, 28, 30, 30],
    ["an office, 18 days ahead", office, 28, 30, 18],
    ["a nightly job, two weeks ahead", nightly, 14, 15, 14],
    ["a nightly job, ten days ahead", nightly, 12, 15, 10],
    ["a batch of 40 minutes every six hours, a week ahead", batch(6 * HOUR, 40 * MINUTE), 28, 15, 7],
    ["a batch of 20 minutes each hour, a day ahead", batch(HOUR, 20 * MINUTE), 28, 15, 1],
  ])("%s", (_, value, days, minutes, ahead) => {
    const { wape, toldWape, held } = judged(value, days, minutes * MINUTE, ahead * DAY);
    expect(wape).toBeLessThan(0.05);
    expect(toldWape).toBeGreaterThan(0.7 * wape);
    expect(toldWape).toBeLessThan(1.7 * wape);
    expect(held).toBeGreaterThan(0.9);
  });

  test("what comes at no time of its own is in the error that is told", () => {
    const deviate = noise(72);
    const at = new Map<number, number>();
    const scattered = (t: number): number => {
      const known = at.get(t) ?? 100 * Math.exp(0.5 * deviate());
      at.set(t, known);
      return known;
    };
    const { wape, toldWape, held } = judged(scattered, 28, 15 * MINUTE, 7 * DAY);
    expect(toldWape / wape).toBeGreaterThan(0.8);
    expect(toldWape / wape).toBeLessThan(1.25);
    expect(held).toBeGreaterThan(0.9);
  });

  test.each([
    ["of what is normal", 3, (deviate: () => number) => 100 + 10 * deviate()],
    ["of what is normal, in longer parts", 7, (deviate: () => number) => 100 + 10 * deviate()],
    ["of what has a long tail", 3, (deviate: () => number) => 100 * Math.exp(0.4 * deviate())],
  ])("the error that is told is that of samples, also where means of them are read: %s", (_, each, sample) => {
    const deviate = noise(73);
    let squares = 0;
    const values = Array.from({ length: 500 }, () => {
      const samples = Array.from({ length: each }, () => sample(deviate));
      const mean = samples.reduce((sum, one) => sum + one / each, 0);
      squares += samples.reduce((sum, one) => sum + (one - mean) ** 2 / each, 0) / 500;
      return mean;
    });
    const timestamps = values.map((_value, i) => START + i * MINUTE);
    const asked = { timestamps, values, horizonMs: HOUR, stepMs: MINUTE, scatter: Math.sqrt(squares) };
    const { points, backtest } = told<Forecast>(forecast(asked));
    const ahead = points.flatMap(({ mean }) => Array.from({ length: each }, () => [mean, sample(deviate)] as const));
    const size = ahead.reduce((sum, [, truth]) => sum + truth, 0);
    const wape = ahead.reduce((sum, [mean, truth]) => sum + Math.abs(mean - truth), 0) / size;
    expect(backtest.wape / wape).toBeGreaterThan(0.8);
    expect(backtest.wape / wape).toBeLessThan(1.25);
  });
});

test.each([
  ["stands still", () => 5],
  ["moves by the hour alone", (t: number) => 5 + (Math.floor(t / HOUR) % 12)],
])("what %s within the steps has intervals that are numbers", (_, value: (t: number) => number) => {
  const timestamps = Array.from({ length: 10 * 24 * 60 }, (__, i) => START + i * MINUTE);
  const { points } = told<Forecast>(forecast({ timestamps, values: timestamps.map(value), horizonMs: DAY, stepMs: MINUTE }));
  for (const { mean, lo80, hi80, lo95, hi95 } of points) expect([mean, lo80, hi80, lo95, hi95].every(Number.isFinite)).toBe(true);
});

test.each([
  [14, 34, 5, 3],
  [21, 50, 5, 14],
  [10, 24, 1, 3],
])("a batch that went on for %d days and ended %d h ago, seen every %d min, is not forecast for %d days", (days, hours, minutes, ahead) => {
  const deviate = noise(74);
  const end = START + days * DAY;
  const value = (t: number): number =>
    (10 + ((t - START) % HOUR < 20 * MINUTE && t < end - hours * HOUR ? 80 : 0)) * (1 + 0.02 * deviate());
  const timestamps = Array.from({ length: (days * DAY) / (minutes * MINUTE) }, (_, i) => START + i * minutes * MINUTE);
  const { points, backtest } = told<Forecast>(
    forecast({ timestamps, values: timestamps.map(value), horizonMs: ahead * DAY, stepMs: minutes * MINUTE }),
  );
  expect(points.filter(({ lo95, hi95 }) => lo95 <= 10 && hi95 >= 10).length / points.length).toBeGreaterThan(0.94);
  const wape = points.reduce((sum, { mean }) => sum + Math.abs(mean - 10), 0) / points.length / 10;
  expect(wape).toBeLessThan(0.2);
  expect(backtest.wape).toBeLessThan(0.4);
});

test("of what swings about zero within its steps the error is a number, and no larger than what swings", () => {
  const timestamps = Array.from({ length: 5000 }, (_, i) => START + i * MINUTE);
  const deviate = noise(73);
  for (const values of [
    timestamps.map((_, i) => (i % 2 === 0 ? 1 : -1)),
    timestamps.map(() => 1e300 * deviate()),
    timestamps.map(() => 0),
  ]) {
    const made = forecast({ timestamps, values, horizonMs: DAY, stepMs: MINUTE });
    if ("refused" in made) continue;
    expect(made.backtest.wape).toBeGreaterThanOrEqual(0);
    expect(made.backtest.wape).toBeLessThan(2);
  }
});

test("the first samples scatter about what is forecast as all do", () => {
  const held = { of95: 0, of80: 0, all: 0 };
  for (let seed = 1; seed <= 20; seed++) {
    const deviate = noise(seed);
    const timestamps = Array.from({ length: 7 * 288 }, (_, i) => START + i * 5 * MINUTE);
    const values = timestamps.map(() => 50 + 3 * deviate());
    const { points } = told<Forecast>(forecast({ timestamps, values, horizonMs: 7 * DAY, stepMs: 5 * MINUTE }));
    for (const { lo80, hi80, lo95, hi95 } of points.slice(0, 3)) {
      for (let k = 0; k < 50; k++) {
        const truth = 50 + 3 * deviate();
        held.all++;
        if (truth >= lo95 && truth <= hi95) held.of95++;
        if (truth >= lo80 && truth <= hi80) held.of80++;
      }
    }
  }
  expect(held.of95 / held.all).toBeGreaterThan(0.92);
  expect(held.of80 / held.all).toBeGreaterThan(0.75);
  expect(held.of80 / held.all).toBeLessThan(0.86);
});
