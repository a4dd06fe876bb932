import fc from "fast-check";
import { forecast } from "@sightline/shared/forecast/forecast";
import { describe, expect, test } from "vitest";
import {
  type Checkpoint,
  NO_RECORD,
  type TrackRecord,
  scoreCheckpoint,
  scoreOf,
  steeredWeights,
} from "@sightline/shared/forecast/track-record";
import { randomSource } from "../bench/anomaly-generator.ts";

const promise = (mean: number, members: Record<string, number> = {}, half = 1): Checkpoint => ({
  t: 0,
  mean,
  lo80: mean - half / 2,
  hi80: mean + half / 2,
  lo95: mean - half,
  hi95: mean + half,
  last: 0,
  members,
});

function after(points: number, actual: (k: number) => number, make: (k: number) => Checkpoint) {
  let record = NO_RECORD;
  for (let k = 0; k < points; k++) record = scoreCheckpoint(record, make(k), actual(k));
  return record;
}

describe("the record of forecasts", () => {
  test("has no score before the first was compared", () => {
    expect(scoreOf(NO_RECORD)).toBeNull();
  });

  test("tells the error, that of repeating the last value, and what the intervals held", () => {
    const score = scoreOf(
      after(
        200,
        (k) => (k % 10 === 0 ? 12 : 10),
        () => promise(10),
      ),
    );
    expect(score?.points).toBe(200);
    expect(score?.coverage95).toBeCloseTo(0.9, 1);
    expect(score?.wape).toBeCloseTo(0.02, 2);
    expect(score?.naiveWape).toBeCloseTo(1, 6);
  });

  test("gives weight to the members that erred least, slowly and by four times at most", () => {
    const make = (): Checkpoint => promise(10, { good: 10.1, usual: 11, bad: 30 });
    const early = steeredWeights(
      ["good", "usual", "bad"],
      [0.3, 0.3, 0.4],
      after(3, () => 10, make),
    );
    const late = steeredWeights(
      ["good", "usual", "bad"],
      [0.3, 0.3, 0.4],
      after(300, () => 10, make),
    );
    expect(early[0]).toBeLessThan(late[0] ?? 0);
    expect((late[0] ?? 0) / (late[2] ?? 1)).toBeCloseTo((0.3 / 0.4) * 16, 3);
    expect(late.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 9);
  });

  test("members nobody has seen yet keep the weight of their backtest", () => {
    expect(
      steeredWeights(
        ["new", "other"],
        [0.5, 0.5],
        after(
          50,
          () => 10,
          () => promise(10, { other: 10 }),
        ),
      ),
    ).toEqual([0.5, 0.5]);
  });

  test("widens intervals that hold too little until they hold 95 of 100, and narrows those that hold all", () => {
    let record = NO_RECORD;
    let seed = 7;
    const noise = (): number => {
      seed = (seed * 1_664_525 + 1_013_904_223) >>> 0;
      return (seed / 2 ** 32 - 0.5) * 4;
    };
    let held = 0;
    for (let k = 0; k < 3000; k++) {
      const point = promise(0, {}, 1.2 * record.stretch);
      const actual = noise();
      if (k >= 1000 && Math.abs(actual) <= 1.2 * record.stretch) held++;
      record = scoreCheckpoint(record, point, actual);
    }
    expect(held / 2000).toBeGreaterThan(0.93);
    expect(held / 2000).toBeLessThan(0.97);
    expect(
      after(
        500,
        () => 10,
        () => promise(10),
      ).stretch,
    ).toBeLessThan(0.75);
  });

  test("stays finite whatever comes", () => {
    const odd = fc.oneof(fc.double(), fc.constantFrom(1e300, -1e308, 1e-300, 0, NaN, Infinity));
    fc.assert(
      fc.property(fc.array(fc.tuple(odd, odd, odd), { maxLength: 40 }), (points) => {
        let record = NO_RECORD;
        for (const [mean, member, actual] of points) record = scoreCheckpoint(record, promise(mean, { a: member, b: mean }), actual);
        const score = scoreOf(record);
        for (const value of Object.values(score ?? {})) expect(Number.isFinite(value)).toBe(true);
        for (const weight of steeredWeights(["a", "b"], [0.4, 0.6], record)) expect(weight).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: 200, seed: 3 },
    );
  });
});

describe("what stood still and moves", () => {
  const still = { timestamps: Array.from({ length: 200 }, (_, i) => i * 60_000), values: Array.from({ length: 200 }, () => 40) };
  const widest = (record?: TrackRecord): number => {
    const made = forecast({ ...still, horizonMs: 600_000, ...(record === undefined ? {} : { record }) });
    if ("refused" in made) throw new Error(made.refused.reason);
    return Math.max(...made.points.map(({ lo95, hi95 }) => hi95 - lo95));
  };
  const missing = (each: number) =>
    after(
      40,
      (k) => (k % each === 0 ? (k % (2 * each) === 0 ? 46 : 34) : 40),
      () => promise(40, {}, 0),
    );

  test("has an interval as wide as its misses were, after a few of them", () => {
    expect(widest()).toBeLessThan(1e-6);
    expect(widest(missing(50))).toBeLessThan(1e-6);
    expect(widest(missing(1))).toBeGreaterThan(20);
    expect(widest(missing(1))).toBeLessThan(40);
    expect(widest(missing(4))).toBeGreaterThan(5);
  });

  test("has an interval for 80 of 100 that is within that for 95 of 100, where only the narrower was too narrow", () => {
    let alike = 0;
    for (const every of [19, 20, 21, 34, 35]) {
      const random = randomSource(every);
      const values = still.values.map((value) => (random() < 1 / every ? value + 5 * random() : value));
      for (const error of [1, 2, 5]) {
        const fared = { points: 20, weight: 20, error: 20 * error, naiveError: 20 * error, magnitude: 800 };
        const record = { ...fared, within80: 14, within95: 15, stretch: 1.05, members: {} };
        const made = forecast({ ...still, values, horizonMs: 600_000, record });
        if ("refused" in made) throw new Error(made.refused.reason);
        for (const { lo80, lo95, hi80, hi95 } of made.points) {
          if (hi80 === hi95) alike++;
          expect(lo80).toBeGreaterThanOrEqual(lo95);
          expect(hi80).toBeLessThanOrEqual(hi95);
        }
      }
    }
    expect(alike).toBeGreaterThan(0);
  });

  test("and none once it stands still again", () => {
    let record = missing(1);
    for (let k = 0; k < 600; k++) record = scoreCheckpoint(record, promise(40, {}, 0), 40);
    expect(widest(record)).toBeLessThan(0.5);
  });
});
