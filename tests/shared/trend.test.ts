import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Comparison, Refusal, Trend } from "@sightline/shared/model/trend";
import { comparePeriods } from "@sightline/shared/trend/compare-periods";
import { trend } from "@sightline/shared/trend/trend";
import { randomSource } from "../bench/anomaly-generator.ts";

const START = Date.UTC(2024, 0, 1);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

function told<T extends object>(answer: T | Refusal): T {
  if ("refused" in answer) throw new Error(answer.refused.reason);
  return answer;
}

const series = (values: readonly number[], stepMs: number) => ({ timestamps: values.map((_, i) => START + i * stepMs), values });

/** Standard normal deviates. */
function noise(seed: number): () => number {
  const random = randomSource(seed);
  return () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

function autoregressive(count: number, phi: number, deviate: () => number): number[] {
  let x = 0;
  return Array.from({ length: count }, () => 100 + (x = phi * x + deviate()));
}

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

  test.each([1e4, 1e17, 1e300])("of a level that moves by a quarter is told beside one value of %d", (slip) => {
    const deviate = noise(3);
    const values = Array.from({ length: 300 }, (_, i) => (i === 90 ? slip : (i < 200 ? 100 : 125) + deviate()));
    const found = told(trend(series(values, 6 * MINUTE)));
    expect(found.points).toBe(299);
    expect(found.changePoints).toMatchObject([{ kind: "level", before: expect.closeTo(100, -0.5), after: expect.closeTo(125, -0.5) }]);
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

  test("tells where the level changed, and where the slope did", () => {
    const deviate = noise(6);
    const shifted = told(
      trend(
        series(
          Array.from({ length: 240 }, (_, i) => (i < 100 ? 50 : 56) + deviate()),
          MINUTE,
        ),
      ),
    );
    expect(shifted.changePoints).toHaveLength(1);
    expect(shifted.changePoints[0]).toMatchObject({ kind: "level" });
    expect(Math.abs((shifted.changePoints[0]?.t ?? 0) - (START + 100 * MINUTE))).toBeLessThanOrEqual(3 * MINUTE);
    const bent = told(
      trend(
        series(
          Array.from({ length: 240 }, (_, i) => 50 + Math.max(0, i - 120) * 0.2 + deviate()),
          MINUTE,
        ),
      ),
    );
    expect(bent.changePoints[0]?.kind).toBe("slope");
    expect(Math.abs((bent.changePoints[0]?.t ?? 0) - (START + 120 * MINUTE))).toBeLessThanOrEqual(20 * MINUTE);
  });

  test.each<[string, (at: Date, deviate: () => number) => number]>([
    ["weeks with quiet weekends", (at, deviate) => (at.getUTCDay() % 6 === 0 ? 30 : 100) + 3 * deviate()],
    ["business hours from seven minutes past", (at, deviate) => (at.getUTCHours() >= 8 && at.getUTCHours() < 18 ? 100 : 10) + deviate()],
    ["a sample in a hundred far out", (_, deviate) => (Math.abs(deviate()) > 2.576 ? 500 : 100) + deviate()],
    ["days that wave", (at, deviate) => 100 + 20 * Math.sin((2 * Math.PI * at.getTime()) / DAY) + deviate()],
  ])("of %s, which do not change, names no change in 19 of 20 series and no direction in 17", (_, value) => {
    const deviate = noise(15);
    let changed = 0;
    let directed = 0;
    for (let k = 0; k < 20; k++) {
      const from = START + k * DAY + 7 * MINUTE;
      const timestamps = Array.from({ length: 21 * 48 }, (__, i) => from + i * 30 * MINUTE);
      const found = told(trend({ timestamps, values: timestamps.map((at) => value(new Date(at), deviate)) }));
      if (found.changePoints.length > 0) changed++;
      if (found.direction === "rising" || found.direction === "falling") directed++;
    }
    expect(changed).toBeLessThanOrEqual(1);
    expect(directed).toBeLessThanOrEqual(3);
  });

  test("finds the change within a season whose edges are sharp", () => {
    const deviate = noise(16);
    const values = Array.from({ length: 28 * 24 }, (_, i) => (Math.floor(i / 24) % 7 > 4 ? 30 : 100) + (i < 400 ? 0 : 20) + 3 * deviate());
    const found = told(trend(series(values, HOUR)));
    expect(found.changePoints).toHaveLength(1);
    expect(Math.abs((found.changePoints[0]?.t ?? 0) - (START + 400 * HOUR))).toBeLessThanOrEqual(6 * HOUR);
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

  test("of a series that stood still but for one jump names the jump", () => {
    const found = told(
      trend(
        series(
          Array.from({ length: 240 }, (_, i) => (i < 200 ? 10 : 1000)),
          HOUR,
        ),
      ),
    );
    expect(found.changePoints).toMatchObject([
      { kind: "level", t: START + 200 * HOUR, before: expect.closeTo(10, 9) as number, after: 1000 },
    ]);
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
    expect(told(trend(series(mostlyNothing, 5 * MINUTE))).direction).toBe("steady");
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

describe("two periods of one series", () => {
  const words = ["before", "after"] as const;

  test("a latency that rose by a third is worse, a hit ratio that rose is better", () => {
    const deviate = noise(7);
    const slow = series(
      Array.from({ length: 60 }, () => 0.4 + 0.02 * deviate()),
      MINUTE,
    );
    const fast = series(
      Array.from({ length: 60 }, () => 0.3 + 0.02 * deviate()),
      MINUTE,
    );
    const latency: Comparison = told(comparePeriods(fast, slow, "http_server_request_duration_seconds", words));
    expect(latency).toMatchObject({ verdict: "worse" });
    expect(latency.change).toBeCloseTo(1 / 3, 1);
    expect(latency.superiority).toBeGreaterThan(0.99);
    expect(latency.text).toMatch(/worse; p < 0.001/);
    expect(told(comparePeriods(fast, slow, "cache_hit_ratio", words)).verdict).toBe("better");
    expect(told(comparePeriods(fast, slow, "orders", words)).verdict).toBe("higher");
  });

  test("of a series whose neighbours correlate differ by chance in at most 5 of 100", () => {
    const deviate = noise(8);
    let found = 0;
    for (let k = 0; k < 200; k++) {
      const [before, after] = [autoregressive(80, 0.8, deviate), autoregressive(80, 0.8, deviate)];
      if (told(comparePeriods(series(before, MINUTE), series(after, MINUTE), "x", words)).pValue < 0.05) found++;
    }
    expect(found).toBeLessThanOrEqual(18);
  });

  test("too little of one of them is refused by its name", () => {
    const some = series([1, 2, 3, 4, 5, 6], MINUTE);
    expect(comparePeriods(series([1], MINUTE), some, "x", words)).toMatchObject({
      refused: { reason: expect.stringMatching(/^Of before: There is 1 sample/) as string },
    });
  });
});
