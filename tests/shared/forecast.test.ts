import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { forecast } from "@sightline/shared/forecast/forecast";
import { findLevelShift } from "@sightline/shared/forecast/level-shift";
import { findSeasons } from "@sightline/shared/forecast/period";
import { choleskySolve } from "@sightline/shared/forecast/ridge";
import { NO_RECORD } from "@sightline/shared/forecast/track-record";
import type { Forecast, ForecastRefusal } from "@sightline/shared/model/forecast";
import { randomSource } from "../bench/anomaly-generator.ts";

const START = 1_700_000_000_000;
const HOUR = 3_600_000;

function issued(answer: Forecast | ForecastRefusal): Forecast {
  if ("refused" in answer) throw new Error(answer.refused.reason);
  return answer;
}

function regular(values: readonly number[], stepMs: number): { timestamps: number[]; values: readonly number[] } {
  return { timestamps: values.map((_, i) => START + i * stepMs), values };
}

function daily(hours: number, seed = 4): number[] {
  const random = randomSource(seed);
  return Array.from({ length: hours }, (_, i) => 100 + 40 * Math.sin((2 * Math.PI * i) / 24) + 6 * (random() - 0.5));
}

describe("a forecast", () => {
  test("of what grows to the largest number has numbers for bounds, in order", () => {
    const values = Array.from({ length: 400 }, (_, i) => Math.min(1.79e308, 1.7e306 * Math.exp((0.23 * i) / 20)));
    for (const { mean, lo80, hi80, lo95, hi95 } of issued(forecast({ ...regular(values, 60_000), horizonMs: 6 * HOUR })).points) {
      const ordered = [lo95, lo80, mean, hi80, hi95];
      expect(ordered.every(Number.isFinite)).toBe(true);
      expect(ordered).toEqual(ordered.toSorted((a, b) => a - b));
    }
  });

  test("follows a daily pattern within a few percent and names its models", () => {
    const answer = issued(forecast({ ...regular(daily(500), HOUR), horizonMs: 48 * HOUR }));
    expect(answer.points).toHaveLength(48);
    answer.points.forEach((point, h) => {
      expect(Math.abs(point.mean - (100 + 40 * Math.sin((2 * Math.PI * (500 + h)) / 24)))).toBeLessThan(8);
      expect(point.t).toBe(START + (500 + h) * HOUR);
    });
    expect(answer.models.reduce((sum, model) => sum + model.weight, 0)).toBeGreaterThan(0.98);
    expect(answer.backtest.wape).toBeLessThan(0.05);
  });

  test("tells what each model says at its checkpoints, and the newest value known", () => {
    const { points, models, checkpoints, last } = issued(forecast({ ...regular(daily(500), HOUR), horizonMs: 48 * HOUR }));
    expect(checkpoints.map((t) => (t - START) / HOUR - 499)).toEqual([4, 12, 20, 28, 40, 48]);
    expect(last).toBeCloseTo(daily(500).at(-1) ?? 0, 6);
    for (const [k, t] of checkpoints.entries()) {
      const values = models.map(({ values: own }) => own[k] ?? NaN);
      const mean = points.find((point) => point.t === t)?.mean ?? NaN;
      expect(mean).toBeGreaterThanOrEqual(Math.min(...values) - 1e-9);
      expect(mean).toBeLessThanOrEqual(Math.max(...values) + 1e-9);
    }
  });

  test("what was never negative will not be, and what was may be", () => {
    const falling = Array.from({ length: 100 }, (_, i) => 500 - 4.9 * i);
    const low = (values: readonly number[]): number =>
      Math.min(...issued(forecast({ ...regular(values, 60_000), horizonMs: HOUR })).points.map(({ lo95 }) => lo95));
    expect(low(falling)).toBe(0);
    expect(low(falling.map((value) => value - 100))).toBeLessThan(-100);
  });

  test("a holiday in the history leaves the days after it as they were", () => {
    const random = randomSource(12);
    const week = Array.from({ length: 28 * 24 }, (_, i) => {
      const weekend = Math.floor(i / 24) % 7 >= 5;
      return (weekend ? 30 : 100) * (1.2 + Math.sin((2 * Math.PI * i) / 24)) + 3 * random();
    });
    // Day 21 is a working day on which nobody worked.
    const holiday = week.map((value, i) => (Math.floor(i / 24) === 21 ? value * 0.3 : value));
    const plain = issued(forecast({ ...regular(week, HOUR), horizonMs: 24 * HOUR })).points;
    const after = issued(forecast({ ...regular(holiday, HOUR), horizonMs: 24 * HOUR })).points;
    const usual = plain.reduce((sum, { mean }) => sum + mean, 0);
    const off = after.reduce((sum, { mean }, h) => sum + Math.abs(mean - (plain[h]?.mean ?? 0)), 0);
    expect(off / usual).toBeLessThan(0.2);
  });

  test("a record of narrow intervals makes them wider", () => {
    const request = { ...regular(daily(400), HOUR), horizonMs: 12 * HOUR };
    const width = (stretch: number): number => {
      const [first] = issued(forecast({ ...request, record: { ...NO_RECORD, stretch } })).points;
      return (first?.hi95 ?? 0) - (first?.lo95 ?? 0);
    };
    expect(width(2)).toBeCloseTo(2 * width(1), 6);
  });

  test("works through gaps and jitter", () => {
    const random = randomSource(8);
    const truth = daily(600);
    const kept = truth
      .map((value, i) => ({ t: START + i * HOUR + Math.round(200_000 * random()), value }))
      .filter((_, i) => i % 11 !== 3 && (i < 200 || i > 215));
    const answer = issued(forecast({ timestamps: kept.map(({ t }) => t), values: kept.map(({ value }) => value), horizonMs: 24 * HOUR }));
    const errors = answer.points.map((point, h) => Math.abs(point.mean - (100 + 40 * Math.sin((2 * Math.PI * (600 + h)) / 24))));
    expect(errors.reduce((a, b) => a + b, 0) / errors.length).toBeLessThan(12);
  });

  test("a quarter of an hour of a filling disk runs on", () => {
    const values = Array.from({ length: 90 }, (_, i) => 1000 + 2 * i);
    const answer = issued(forecast({ ...regular(values, 10_000), horizonMs: 10 * 60_000 }));
    const last = answer.points.at(-1);
    expect(last?.mean).toBeGreaterThan(1215);
    expect(last?.mean).toBeLessThan(1310);
  });

  test("bounds and the order of the intervals hold everywhere", () => {
    const random = randomSource(3);
    const values = Array.from({ length: 200 }, () => Math.min(1, 0.9 + 0.2 * (random() - 0.5)));
    const answer = issued(forecast({ ...regular(values, 60_000), horizonMs: HOUR, bounds: { lower: 0, upper: 1 } }));
    for (const { mean, lo80, hi80, lo95, hi95 } of answer.points) {
      expect([lo95, lo80, mean, hi80, hi95]).toEqual([lo95, lo80, mean, hi80, hi95].toSorted((a, b) => a - b));
      expect(lo95).toBeGreaterThanOrEqual(0);
      expect(hi95).toBeLessThanOrEqual(1);
    }
  });

  test("a constant goes on beside one slip of its sensor", () => {
    const { points } = issued(
      forecast({
        ...regular(
          Array.from({ length: 200 }, (_, i) => (i === 90 ? 1e300 : 1)),
          60_000,
        ),
        horizonMs: HOUR,
      }),
    );
    expect(points.at(-1)).toMatchObject({ mean: 1, lo95: 1, hi95: 1 });
  });

  test("a constant goes on, without a band", () => {
    const answer = issued(
      forecast({
        ...regular(
          Array.from({ length: 100 }, () => 42),
          60_000,
        ),
        horizonMs: HOUR,
      }),
    );
    for (const point of answer.points) {
      expect(point.mean).toBeCloseTo(42, 6);
      expect(point.hi95 - point.lo95).toBeLessThan(1e-6);
    }
  });

  test("the points lie on the asked step", () => {
    const answer = issued(forecast({ ...regular(daily(300), HOUR), horizonMs: 6 * HOUR, stepMs: 30 * 60_000 }));
    expect(answer.points.map((point) => point.t - (START + 299 * HOUR))).toEqual(Array.from({ length: 12 }, (_, k) => (k + 1) * 1_800_000));
  });

  test.each([0, 1, 2, 19])("%d samples are too short, and the refusal says so", (length) => {
    expect(forecast({ ...regular(daily(length), HOUR), horizonMs: HOUR })).toMatchObject({
      refused: { code: "too_short", reason: expect.stringMatching(/at least 20/) as string },
    });
  });

  test("samples that are no numbers are refused", () => {
    const values = Array.from({ length: 50 }, () => Number.NaN);
    expect(forecast({ ...regular(values, HOUR), horizonMs: HOUR })).toMatchObject({ refused: { code: "not_finite" } });
  });

  test("a few bursts far apart are too gappy", () => {
    const timestamps = Array.from({ length: 60 }, (_, i) => START + (i % 20) * 10_000 + Math.floor(i / 20) * 10 * HOUR);
    expect(forecast({ timestamps, values: timestamps.map((_, i) => i), horizonMs: HOUR })).toMatchObject({
      refused: { code: /too_(gappy|short)/ },
    });
  });

  test("any history and horizon gives finite, ordered answers or a refusal in words", () => {
    const value = fc.oneof(
      fc.double({ noNaN: false }),
      fc.constantFrom(0, 1e300, -1e300, 1e-300, Number.NaN),
      fc.integer({ min: 0, max: 3 }),
    );
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 1, max: 100_000 }), value), { maxLength: 150 }),
        fc.constantFrom(1000, 60_000, HOUR, 30 * 24 * HOUR),
        (samples, horizonMs) => {
          let at = START;
          const timestamps = samples.map(([ahead]) => (at += ahead));
          const answer = forecast({ timestamps, values: samples.map(([, v]) => v), horizonMs });
          if ("refused" in answer) {
            expect(answer.refused.reason.length).toBeGreaterThan(20);
            return;
          }
          expect(answer.points.length).toBeGreaterThan(0);
          for (const point of answer.points) {
            expect(Object.values(point).every(Number.isFinite)).toBe(true);
            expect(point.lo95).toBeLessThanOrEqual(point.mean);
            expect(point.hi95).toBeGreaterThanOrEqual(point.mean);
          }
        },
      ),
      { numRuns: 150, seed: 5 },
    );
  });

  test.each([1000, 5_000, 300_000, 24 * HOUR])("works in steps of %d ms", (stepMs) => {
    const answer = issued(forecast({ ...regular(daily(400), stepMs), horizonMs: 24 * stepMs }));
    expect(answer.points).toHaveLength(24);
    expect(answer.backtest.wape).toBeLessThan(0.2);
  });
});

describe("after a jump to another level", () => {
  const DAY = 24 * HOUR;
  const MINUTE = 60_000;
  const quarters = (wave: number, more: (i: number) => number, n = 14 * 96): number[] => {
    const random = randomSource(17);
    return Array.from({ length: n }, (_, i) => (100 + wave * Math.sin((2 * Math.PI * i) / 96) + 6 * (random() - 0.5)) * more(i));
  };

  test.each([
    ["without a season, an hour ago", 0, 4],
    ["without a season, half a day ago", 0, 48],
    ["with a day, an hour ago", 40, 4],
    ["with a day, half a day ago", 40, 48],
    ["with a day, a day ago", 40, 96],
  ])("%s, the forecast is at the new one, and its intervals hold what follows where it stays", (_, wave, k) => {
    const n = 14 * 96;
    const all = quarters(wave, (i) => (i >= n - k ? 1.6 : 1), n + 96);
    const { points, last } = issued(forecast({ ...regular(all.slice(0, n), 15 * MINUTE), horizonMs: DAY }));
    expect(last).toBe(all[n - 1]);
    let off = 0;
    let held = 0;
    for (const [h, { mean, lo95, hi95 }] of points.entries()) {
      const actual = all[n + h] ?? NaN;
      off += Math.abs(mean - actual) / points.length;
      if (actual >= lo95 && actual <= hi95) held++;
    }
    expect(off).toBeLessThan(16);
    expect(held / points.length).toBeGreaterThan(0.85);
  });

  test("the old level is within the intervals until a season has passed, for days off are days", () => {
    const n = 14 * 96;
    const { points } = issued(
      forecast({
        ...regular(
          quarters(40, (i) => (i >= n - 48 ? 0.5 : 1)),
          15 * MINUTE,
        ),
        horizonMs: DAY,
      }),
    );
    for (const [h, { hi95 }] of points.entries()) expect(hi95).toBeGreaterThan(96 + 40 * Math.sin((2 * Math.PI * (n + h)) / 96));
  });

  test("what goes back from a burst to where it was has not jumped away from it, and one sample is not believed", () => {
    const n = 14 * 96;
    const burst = (from: number, to: number) => quarters(0, (i) => (i >= n - from && i < n - to ? 9 : 1));
    for (const [from, to, most] of [
      [60, 20, 125],
      [1, 0, 500],
    ] as const)
      for (const { mean } of issued(forecast({ ...regular(burst(from, to), 15 * MINUTE), horizonMs: DAY })).points)
        expect(mean).toBeLessThan(most);
  });

  test("what goes on rising is no level, and a burst that has its like is none", () => {
    const { y: none } = { y: Float64Array.from(quarters(0, (i) => 1 + Math.max(0, i - 14 * 96 + 40) / 40)) };
    expect(findLevelShift(none, { short: 1, long: 1 })).toBeNull();
    const bursts = Float64Array.from(quarters(0, (i) => (i % 200 >= 180 ? 3 : 1), 1400));
    expect(findLevelShift(bursts, { short: 1, long: 1 })).toBeNull();
  });
});

test.each([8, 12, 16, 20])("the start of a ramp, %d steps of it, is no level: what it has reached is within the intervals", (steps) => {
  for (let seed = 1; seed <= 10; seed++) {
    const random = randomSource(seed);
    const values = Array.from({ length: 500 }, (_, i) => 100 + 5 * Math.max(0, i - 499 + steps) + 2 * (random() - 0.5));
    const { points, last } = issued(forecast({ ...regular(values, 60_000), horizonMs: HOUR }));
    expect(points[0]?.hi80).toBeGreaterThan(last);
  }
});

describe("seasons", () => {
  test("a day of hours, with its week once there are fifteen days", () => {
    expect(findSeasons(Float64Array.from(daily(10 * 24)), HOUR)).toEqual({ short: 24, long: 1 });
    expect(findSeasons(Float64Array.from(daily(20 * 24)), HOUR)).toEqual({ short: 24, long: 168 });
  });

  test("a period that is in no calendar", () => {
    const y = Float64Array.from({ length: 400 }, (_, i) => Math.sin((2 * Math.PI * i) / 17));
    expect(findSeasons(y, 1000).short % 17).toBe(0);
  });

  test("what lies about a line has none, however many lags were looked at; a weak wave has", () => {
    const made = (points: number, seed: number, amplitude: number): Float64Array => {
      const random = randomSource(seed);
      const noise = (): number => random() + random() + random() - 1.5;
      return Float64Array.from({ length: points }, (_, i) => i / 10 + noise() + amplitude * Math.sin((2 * Math.PI * i) / 20));
    };
    for (const points of [40, 60, 200, 400]) {
      const seeds = Array.from({ length: 100 }, (_, seed) => seed + points);
      expect(seeds.filter((seed) => findSeasons(made(points, seed, 0), 100_000).short > 1).length).toBeLessThan(3);
      if (points >= 200) expect(seeds.filter((seed) => findSeasons(made(points, seed, 0.7), 100_000).short > 1).length).toBeGreaterThan(95);
    }
  });

  test("noise and constants have none", () => {
    const random = randomSource(2);
    expect(
      findSeasons(
        Float64Array.from({ length: 300 }, () => random()),
        HOUR,
      ).short,
    ).toBe(1);
    expect(findSeasons(new Float64Array(300).fill(3), HOUR).short).toBe(1);
  });
});

test("Cholesky factors solve a positive definite system and refuse another", () => {
  const b = new Float64Array([8, 7]);
  expect(choleskySolve(new Float64Array([4, 2, 2, 3]), b, 2)).toBe(true);
  expect(b[0]).toBeCloseTo(1.25, 9);
  expect(b[1]).toBeCloseTo(1.5, 9);
  expect(choleskySolve(new Float64Array([1, 2, 2, 1]), new Float64Array(2), 2)).toBe(false);
});

describe("a series of any shape and period is forecast better than by its last value", () => {
  const DAY = 24 * HOUR;
  const noise = (): (() => number) => {
    const random = randomSource(21);
    return () => random() + random() + random() - 1.5;
  };
  const wave = (period: number) => {
    const next = noise();
    return (i: number): number => 100 + 40 * Math.sin((2 * Math.PI * i) / period) + 5 * next();
  };
  const weekdays = (): ((i: number) => number) => {
    const next = noise();
    return (i) => (i % 7 >= 5 ? 40 : 100) + 6 * next();
  };
  test.each<[string, number, number, number, (i: number) => number]>([
    ["a day in steps of 5 minutes", 300_000, 2016, 288, wave(288)],
    ["an hour in minutes", 60_000, 600, 60, wave(60)],
    ["a week in days", DAY, 180, 28, weekdays()],
    ["a year in days", DAY, 1100, 60, wave(365.25)],
    ["a year in weeks", 7 * DAY, 220, 26, wave(52.18)],
    ["about zero", HOUR, 500, 48, (i) => wave(24)(i) - 100],
    ["a line", 60_000, 300, 40, (i) => 5 + 0.3 * i],
    ["integers", HOUR, 500, 48, (i) => Math.round(wave(24)(i) / 20)],
    ["tiny values", HOUR, 500, 48, (i) => 1e-300 * wave(24)(i)],
    ["huge values", HOUR, 500, 48, (i) => 1e300 * wave(24)(i)],
  ])("%s", (_, stepMs, length, ahead, value) => {
    const all = Array.from({ length: length + ahead }, (__, i) => value(i));
    const { points } = issued(forecast({ ...regular(all.slice(0, length), stepMs), horizonMs: ahead * stepMs, stepMs }));
    expect(points).toHaveLength(ahead);
    const truth = all.slice(length);
    const last = all[length - 1] ?? 0;
    const off = (guess: (h: number) => number): number => truth.reduce((sum, actual, h) => sum + Math.abs(actual - guess(h)) / ahead, 0);
    expect(off((h) => points[h]?.mean ?? NaN)).toBeLessThan(0.8 * off(() => last));
    const held = points.filter(({ lo95, hi95 }, h) => (truth[h] ?? NaN) >= lo95 && (truth[h] ?? NaN) <= hi95).length;
    expect(held / ahead).toBeGreaterThan(0.8);
  });

  test("runs of NaN are gaps, and irregular times are put on even steps", () => {
    const value = wave(24);
    const random = randomSource(5);
    const samples = Array.from({ length: 600 }, (_, i) => ({
      t: START + i * HOUR + Math.round((random() - 0.5) * 0.8 * HOUR),
      v: i > 300 && i < 330 ? NaN : value(i),
    }));
    const { points } = issued(
      forecast({ timestamps: samples.map(({ t }) => t), values: samples.map(({ v }) => v), horizonMs: 24 * HOUR, stepMs: HOUR }),
    );
    for (const [h, { mean }] of points.entries())
      expect(Math.abs(mean - (100 + 40 * Math.sin((2 * Math.PI * (600 + h)) / 24)))).toBeLessThan(30);
  });
});
