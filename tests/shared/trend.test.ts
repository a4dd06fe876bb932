import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Refusal, Trend } from "@sightline/shared/model/trend";
import { trend } from "@sightline/shared/trend/trend";
import { randomSource } from "../bench/anomaly-generator.ts";
import { DAY, HOUR, MINUTE, START, autoregressive, noise, series, told } from "../support/made-series.ts";

describe("a trend", () => {
  test.each([
    [60, 1000, /by 6\.\d* a minute/],
    [60, MINUTE, /by 6\.\d* an hour/],
    [60, HOUR, /by 2\.4\d* a day/],
  ])("of %d steps of %d ms tells its slope for about as long as it was seen", (count, stepMs, words) => {
    const perStep = stepMs === HOUR ? 0.1 : 0.1017;
    const found = told(
      trend(
        series(
          Array.from({ length: count }, (_, i) => 50 + i * perStep),
          stepMs,
        ),
      ),
    );
    expect(found.summary).toMatch(words);
  });

  test.each([
    ["a restart", (i: number) => (i === 100 || i === 101 ? 0.8 : 1)],
    ["a start and a restart half a day later", (i: number) => (i === 3 || i === 147 ? 0.8 : 1)],
    ["a start and a restart eight hours later", (i: number) => (i === 0 || i === 96 ? 0.8 : 1)],
    ["restarts here and there", (i: number) => (i % 97 === 40 ? 0.8 : 1)],
  ])("of what stands still but for %s tells no change and no season", (_, valueAt) => {
    const found = told(
      trend(
        series(
          Array.from({ length: 288 }, (__, i) => valueAt(i)),
          5 * MINUTE,
        ),
      ),
    );
    expect(found).toMatchObject({ direction: "steady", changePoints: [], seasons: [] });
  });

  test("of a job at the same time of three days tells the day, and no change by what its season leaves", () => {
    const found = told(
      trend(
        series(
          Array.from({ length: 3 * 288 }, (_, i) => (i % 288 === 100 ? 5 : 1)),
          5 * MINUTE,
        ),
      ),
    );
    expect(found).toMatchObject({ seasons: [{ periodMs: DAY }], changePoints: [] });
  });

  test("of what dips every night tells the day, and not that it is highest at nearly all hours", () => {
    const found = told(
      trend(
        series(
          Array.from({ length: 24 * 14 }, (_, i) => (i % 24 < 2 ? 1 : 5)),
          HOUR,
        ),
      ),
    );
    expect(found.seasons).toMatchObject([{ periodMs: DAY }]);
    expect(found.peakHours).toEqual([]);
    expect(found.summary).toContain("Repeats every day.");
  });

  test("of a line in noise has its slope within the interval, per hour and per day", () => {
    const deviate = noise(1);
    const found = told(
      trend(
        series(
          Array.from({ length: 200 }, (_, i) => 50 + i * 0.1 + deviate()),
          6 * MINUTE,
        ),
      ),
    );
    expect(found.direction).toBe("rising");
    expect(found.slope.perHour.value).toBeCloseTo(1, 1);
    expect(found.slope.perHour.lower).toBeLessThan(1);
    expect(found.slope.perHour.upper).toBeGreaterThan(1);
    expect(found.slope.perDay.value).toBeCloseTo(24 * found.slope.perHour.value, 6);
    expect(found.r2).toBeGreaterThan(0.9);
    expect(found.summary).toMatch(/^Rising by/);
  });

  test.each([0, 0.5, 0.8])("is found by chance in about 5 of 100 series without one, also when neighbours correlate by %d", (phi) => {
    const deviate = noise(2);
    let found = 0;
    let changed = 0;
    for (let k = 0; k < 100; k++) {
      const one = told(trend(series(autoregressive(120, phi, deviate), MINUTE)));
      if (one.pValue < 0.05) found++;
      if (phi < 0.8 && one.changePoints.length > 0) changed++;
    }
    expect(found).toBeLessThanOrEqual(13);
    expect(changed).toBeLessThanOrEqual(12);
  });

  test("has 95% of its intervals about the true slope", () => {
    const deviate = noise(3);
    let inside = 0;
    for (let k = 0; k < 200; k++) {
      const values = autoregressive(100, 0.3, deviate).map((value, i) => value + 0.02 * i);
      const { lower, upper } = told(trend(series(values, HOUR))).slope.perHour;
      if (lower <= 0.02 && upper >= 0.02) inside++;
    }
    expect(inside).toBeGreaterThanOrEqual(180);
  });

  /** Numbers of what happens by chance, so many a step on average. */
  function poisson(mean: number, random: () => number): number {
    let count = -1;
    for (let left = 1, least = Math.exp(-mean); left > least; count++) left *= random();
    return count;
  }

  test.each([
    ["0.1 to 0.4", 0.1, 0.4, 1],
    ["0.5 to 2", 0.5, 2, 1],
    ["2 to 4", 2, 4, 1],
    ["2 to 4, as rates whose last digits differ", 2, 4, 1 / 61],
  ])("of counts that rise from %s a step is told as one, with the true slope in 95%% of its intervals", (_, from, to, unit) => {
    const random = randomSource(18);
    const truth = (unit * (to - from)) / 6;
    let [rising, inside] = [0, 0];
    for (let k = 0; k < 50; k++) {
      const values = Array.from(
        { length: 360 },
        (__, i) => unit * (1 + (unit === 1 ? 0 : 1e-4 * random())) * poisson(from + ((to - from) * i) / 360, random),
      );
      const found = told(trend(series(values, MINUTE)));
      const { lower, upper } = found.slope.perHour;
      if (found.direction === "rising") rising++;
      if (lower <= truth && truth <= upper) inside++;
      expect(found.volatility.ratio).toBeGreaterThan(0.2);
    }
    expect(rising).toBeGreaterThanOrEqual(42);
    expect(inside).toBeGreaterThanOrEqual(45);
  });

  test.each([0.05, 0.5, 3])("of counts of %d a step that stay as they are names a direction in about 5 of 100", (mean) => {
    const random = randomSource(19);
    let found = 0;
    for (let k = 0; k < 100; k++)
      if (
        told(
          trend(
            series(
              Array.from({ length: 120 }, () => poisson(mean, random)),
              MINUTE,
            ),
          ),
        ).pValue < 0.05
      )
        found++;
    expect(found).toBeLessThanOrEqual(10);
  });

  test("of what is nothing more than half of the time wavers by a share of what it is on average", () => {
    const deviate = noise(20);
    const values = Array.from({ length: 14 * 24 }, (_, i) => (i % 24 >= 8 && i % 24 < 18 ? 20 + 4 * deviate() : 0));
    const { volatility } = told(trend(series(values, HOUR)));
    expect(volatility.ratio).toBeGreaterThan(0.1);
    expect(volatility.ratio).toBeLessThan(1);
  });

  test("of a constant is steady and calm, without seasons or changes", () => {
    const found = told(
      trend(
        series(
          Array.from({ length: 100 }, () => 42),
          MINUTE,
        ),
      ),
    );
    expect(found).toMatchObject({ direction: "steady", seasons: [], changePoints: [], volatility: { class: "calm", ratio: 0 } });
  });

  test("names the day and the week with their peaks", () => {
    const deviate = noise(4);
    const values = Array.from({ length: 28 * 24 }, (_, i) => {
      const at = new Date(START + i * HOUR);
      const weekend = at.getUTCDay() % 6 === 0;
      return 100 + (weekend ? 8 : 30) * Math.exp(-(((at.getUTCHours() - 14) / 3) ** 2)) + 2 * deviate();
    });
    const found = told(trend(series(values, HOUR)));
    expect(found.seasons.map(({ periodMs }) => periodMs).toSorted((a, b) => a - b)).toEqual([DAY, 7 * DAY]);
    expect(found.peakHours).toContain(14);
    expect(found.peakHours.every((hour) => hour > 10 && hour < 18)).toBe(true);
    expect(found.peakWeekdays.every((day) => day >= 1 && day <= 5)).toBe(true);
    expect(found.summary).toContain("every day and every week");
  });

  test("names both hours of a step of two, whichever way it is read in such", () => {
    const deviate = noise(25);
    const ofHour = (hour: number) => 10 + (hour >= 8 && hour < 18 ? 100 : 0) + deviate();
    const twoHourly = Array.from({ length: 28 * 12 }, (_, i) => START + HOUR + 2 * i * HOUR);
    const hourly = Array.from({ length: 28 * 24 }, (_, i) => START + i * HOUR);
    for (const timestamps of [twoHourly, hourly]) {
      const found = told(trend({ timestamps, values: timestamps.map((at) => ofHour(new Date(at).getUTCHours())) }));
      expect(found.peakHours).toEqual([8, 9, 10, 11, 12, 13, 14, 15, 16, 17]);
    }
    const night = told(
      trend({ timestamps: hourly, values: hourly.map((at) => 10 + (new Date(at).getUTCHours() === 3 ? 100 : 0) + deviate()) }),
    );
    expect(night.peakHours).toEqual([2, 3]);
  });

  const business = (days: number, { from = 0, growth = 0, seed = 14 }: { from?: number; growth?: number; seed?: number }) => {
    const deviate = noise(seed);
    return Array.from({ length: days * 24 }, (_, i) => {
      const at = new Date(START + from * DAY + i * HOUR);
      const busy = 100 + 60 * Math.exp(-(((at.getUTCHours() - 14) / 3.5) ** 2));
      return busy * (at.getUTCDay() % 6 === 0 && growth === 0 ? 0.5 : 1) * (1 + (growth * i) / 24) + deviate();
    });
  };

  test.each([5, 6, 7])("of %d days of what people do calls no weekend a rise or fall, and five days of growth one", (days) => {
    for (let from = 0; from < 7; from++)
      expect(told(trend(series(business(days, { from, seed: from }), HOUR))).direction).not.toMatch(/rising|falling/);
    expect(told(trend(series(business(days, { growth: 0.05 }), HOUR))).direction).toBe("rising");
  });

  test("knows the day also where weekends are half of it, in one week and in two", () => {
    const week = told(trend(series(business(7, {}), HOUR)));
    expect(week.seasons.map(({ periodMs }) => periodMs)).toEqual([DAY]);
    expect(week.peakHours).toContain(14);
    const two = told(trend(series(business(14, {}), HOUR)));
    expect(two.seasons.map(({ periodMs }) => periodMs)).toEqual([7 * DAY, DAY]);
    expect(two.peakWeekdays).toEqual([1, 2, 3, 4, 5]);
  });

  test.each([
    ["a walk of two weeks", 336, HOUR, 1],
    ["a day that wanders about its level", 288, HOUR / 12, 0.9],
  ])("does not take %s for what repeats, as it comes back twice", (_, count, stepMs, phi) => {
    const deviate = noise(8);
    const found = Array.from({ length: 60 }, () => told(trend(series(autoregressive(count, phi, deviate), stepMs))));
    // 10 and 7 by a correlation of a quarter alone.
    expect(found.filter(({ seasons }) => seasons.length > 0).length).toBeLessThan(5);
  });

  test("finds a period that no calendar has", () => {
    const deviate = noise(5);
    const found = told(
      trend(
        series(
          Array.from({ length: 400 }, (_, i) => 10 + Math.sin((2 * Math.PI * i) / 17) + 0.2 * deviate()),
          1000,
        ),
      ),
    );
    expect(found.seasons[0]?.periodMs).toBeGreaterThan(16_500);
    expect(found.seasons[0]?.periodMs).toBeLessThan(17_500);
    expect(found.seasons[0]?.strength).toBeGreaterThan(0.8);
  });

  test.each([
    [0, "There are 0 samples"],
    [1, "There is 1 sample"],
    [2, "There are 2 samples"],
  ])("%d samples are refused in words", (count, words) => {
    expect(
      trend(
        series(
          Array.from({ length: count }, () => 1),
          MINUTE,
        ),
      ),
    ).toMatchObject({
      refused: { code: "too_short", reason: expect.stringContaining(words) as string },
    });
  });

  test("runs of NaN are left out, and a series that is nothing else is refused", () => {
    const values = Array.from({ length: 200 }, (_, i) => (i > 50 && i < 90 ? Number.NaN : i));
    expect(told(trend(series(values, MINUTE))).slope.perHour.value).toBeCloseTo(60, 3);
    expect(
      trend(
        series(
          Array.from({ length: 50 }, () => Number.NaN),
          MINUTE,
        ),
      ),
    ).toMatchObject({ refused: { code: "too_short" } });
  });

  test("of an exact line claims no season", () => {
    const found = told(
      trend(
        series(
          Array.from({ length: 240 }, (_, i) => -100.1 - i / 3),
          HOUR,
        ),
      ),
    );
    expect(found.seasons).toEqual([]);
  });

  test("beside several values that leave no digit of the usual ones is refused", () => {
    const deviate = noise(12);
    const values = Array.from({ length: 300 }, (_, i) => (i % 50 === 9 ? 1e300 : 100 + deviate()));
    expect(trend(series(values, 5 * MINUTE))).toMatchObject({
      refused: { code: "too_far_apart", reason: expect.stringMatching(/^Values reach 1e\+300 where 1?\d\d(\.\d)? is usual/) as string },
    });
    const mostlyNothing = Array.from({ length: 300 }, (_, i) => (i % 50 === 9 ? 1e300 : 0));
    expect(told(trend(series(mostlyNothing, 5 * MINUTE))).direction).not.toMatch(/rising|falling/);
  });

  test.each([1e300, 1e-300])("values about %d keep their direction", (size) => {
    const found = told(
      trend(
        series(
          Array.from({ length: 60 }, (_, i) => size * (1 + i / 100)),
          HOUR,
        ),
      ),
    );
    expect(found.direction).toBe("rising");
    expect(found.slope.perHour.value / (size / 100)).toBeCloseTo(1, 3);
  });

  test.each([1000, DAY])("steps of %d ms", (stepMs) => {
    const found = told(
      trend(
        series(
          Array.from({ length: 100 }, (_, i) => 100 - i / 10),
          stepMs,
        ),
      ),
    );
    expect(found.direction).toBe("falling");
    expect(found.slope.perDay.value / ((-0.1 * DAY) / stepMs)).toBeCloseTo(1, 3);
  });

  test("of anything is finite, its interval about its slope, or a refusal in words", () => {
    const value = fc.oneof(
      fc.double({ noNaN: false }),
      fc.constantFrom(0, 1e300, -1e300, 1e-300, Number.NaN, Infinity),
      fc.integer({ min: 0, max: 3 }),
    );
    const ahead = fc.oneof(fc.integer({ min: 1, max: 100_000 }), fc.constantFrom(1, 1000, DAY));
    fc.assert(
      fc.property(fc.array(fc.tuple(ahead, value), { maxLength: 120 }), (samples) => {
        let at = START;
        const timestamps = samples.map(([ms]) => (at += ms));
        const found: Trend | Refusal = trend({ timestamps, values: samples.map(([, v]) => v), name: "x_bytes" });
        if ("refused" in found) {
          expect(found.refused.reason.length).toBeGreaterThan(20);
          return;
        }
        for (const { value: slope, lower, upper } of [found.slope.perHour, found.slope.perDay]) {
          expect([lower, slope, upper].every(Number.isFinite)).toBe(true);
          expect(lower).toBeLessThanOrEqual(slope);
          expect(upper).toBeGreaterThanOrEqual(slope);
        }
        for (const share of [found.r2, found.strength, found.pValue]) {
          expect(share).toBeGreaterThanOrEqual(0);
          expect(share).toBeLessThanOrEqual(1);
        }
        expect(found.summary).not.toMatch(/NaN|undefined/);
      }),
      { numRuns: 200, seed: 11 },
    );
  });
});

test.each([
  [0.1, 0.1],
  [1, 1],
  [5, -0.07],
  [1 / 3, 7],
  [1e6, 0.123],
])("six values of the line from %d by %d each are on their way, whatever is rounded", (from, by) => {
  const found = trend({
    timestamps: Array.from({ length: 6 }, (_, i) => i * 60_000),
    values: Array.from({ length: 6 }, (_, i) => from + by * i),
  });
  expect("refused" in found ? found.refused : found.pValue).toBeLessThan(0.05);
});

test("a bend of huge values has slopes that are numbers", () => {
  const values = Array.from({ length: 300 }, (_, i) => 1e302 * (i < 150 ? 1 + i / 50 : 4 + (((i * 7919) % 101) / 101) * 0.01));
  const found = trend({ timestamps: values.map((_, i) => i * 60_000), values, name: "x" });
  if ("refused" in found) throw new Error(found.refused.reason);
  expect(found.changePoints).toHaveLength(1);
  expect((found.changePoints[0]?.slopeBefore ?? 0) / 1e302).toBeCloseTo(1.2, 1);
  expect(found.summary).not.toContain("∞");
});
