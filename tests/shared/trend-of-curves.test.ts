/** Most of what grows follows no line: a curve, a walk, a line that was cut. */
import { segments } from "@sightline/shared/trend/change-points";
import { trend } from "@sightline/shared/trend/trend";
import { describe, expect, test } from "vitest";
import { DAY, HOUR, MINUTE, noise, series, told } from "../support/made-series.ts";

const deviate = noise(11);

/** Of a week in steps of 5 min, `x` in days. */
const week = (valueAt: (x: number) => number, days: number) =>
  series(
    Array.from({ length: days * 288 }, (_, i) => valueAt(i / 288 + 7 - days)),
    5 * MINUTE,
  );

describe.for([0.25, 1, 3, 7])("over %d days", (days) => {
  test.for<[string, (x: number) => number]>([
    ["a square", (x) => 100 + x * x],
    ["a line that bends a little", (x) => 100 + 10 * x + 0.2 * x * x],
    ["a root", (x) => 100 + 20 * Math.sqrt(x)],
    ["a logarithm", (x) => 100 + 20 * Math.log1p(x)],
    ["shares", (x) => 100 * Math.exp(0.1 * x)],
    ["what fills up", (x) => 100 + 80 / (1 + Math.exp(-1.5 * (x - 3.5)))],
    ["a square in a little noise", (x) => 100 + 30 * x + 3 * x * x + 0.01 * deviate()],
  ])("%s rises, by an interval that says so", ([, valueAt]) => {
    const { direction, pValue, slope } = told(trend(week(valueAt, days)));
    expect(direction).toBe("rising");
    expect(pValue).toBeLessThan(0.05);
    expect(slope.perDay.lower).toBeGreaterThan(0);
  });
});

test("a walk that goes up with almost every step rises, and one that goes up and down is no surer than before", () => {
  const walk = (drift: number, scatter: number, seed: number) => {
    const step = noise(seed);
    let at = 100;
    return told(
      trend(
        series(
          Array.from({ length: 288 }, () => (at += drift + scatter * step())),
          5 * MINUTE,
        ),
      ),
    );
  };
  let held = 0;
  for (let seed = 1; seed <= 20; seed++) {
    const { direction, slope } = walk(0.05, 0.02, seed);
    expect(direction).toBe("rising");
    expect(slope.perHour.lower).toBeGreaterThan(0);
    held += Number(slope.perHour.lower < 0.6 && slope.perHour.upper > 0.6);
  }
  expect(held).toBeGreaterThan(17);
  const wandering = Array.from({ length: 60 }, (_, k) => walk(0, 1, 100 + k)).filter(({ pValue }) => pValue < 0.05);
  expect(wandering.length).toBeLessThan(18);
});

test("seven days that rise one after the other rise", () => {
  expect(told(trend(series([100, 104, 111, 190, 198, 203, 290], DAY))).direction).toBe("rising");
});

describe.for([0.3, 1, 3, 10, 100])("of a line that rises by %d a step in noise of 1", (rise) => {
  const step = noise(3);
  const places = (valueAt: (i: number) => number): number[] =>
    segments(Float64Array.from({ length: 240 }, (_, i) => 1000 + valueAt(i) + step()))
      .slice(1)
      .map(({ from }) => from);

  test("no change is told", () => {
    expect(places((i) => rise * i)).toEqual([]);
  });

  test("a drop, a stop and a turn are found where they are", () => {
    for (const valueAt of [
      (i: number) => rise * i - (i >= 120 ? 40 * rise : 0),
      (i: number) => rise * Math.min(i, 120),
      (i: number) => rise * (120 - Math.abs(i - 120)),
    ]) {
      const found = places(valueAt);
      expect(found).toHaveLength(1);
      expect(Math.abs((found[0] ?? 0) - 120)).toBeLessThan(8);
    }
  });
});

test("what goes up slowly and comes back at once has no slope, and a jump of its level is one change", () => {
  const saw = (i: number): number => 100 + (i % 5);
  const jumps = segments(Float64Array.from({ length: 240 }, (_, i) => saw(i) + (i >= 120 ? 100 : 0))).slice(1);
  expect(jumps.map(({ from, slope }) => [from, slope])).toEqual([[120, 0]]);
});

test("what goes up slowly and comes back at once, often or seldom, is not rising", () => {
  const after = (valueAt: (i: number) => number) =>
    told(
      trend(
        series(
          Array.from({ length: 288 }, (_, i) => valueAt(i)),
          5 * MINUTE,
        ),
      ),
    ).direction;
  for (const period of [5, 24, 60, 100])
    expect(
      after((i) => 100 + (i % period) / period),
      `${period}`,
    ).toBe("steady");
});

test("what sums lost of an exact line is not told", () => {
  const values = Array.from({ length: 100 }, (_, i) => 0.1 + i * 0.001);
  const line = told(trend({ ...series(values, HOUR), name: "latency_seconds" }));
  expect(line.summary).toContain("values waver by about 0%");
  expect(line.volatility.ratio).toBe(0);
  const flat = told(
    trend(
      series(
        Array.from({ length: 100 }, (_, i) => 0.1 + (i % 2 === 0 ? 0 : 3e-17)),
        HOUR,
      ),
    ),
  );
  expect(flat.slope.perDay).toEqual({ value: 0, lower: 0, upper: 0 });
});

test.each([1, 3, 7])(
  "one turn of a wave is unclear by as much as that is steep, not by its noise from one sample to the next (%d)",
  (eighths) => {
    const random = noise(eighths);
    const wave = (x: number): number => 100 + 60 * Math.sin(2 * Math.PI * (x + eighths / 8)) + 5 * random();
    const { direction, slope } = told(trend(week(wave, 1)));
    const steepest = 2 * Math.PI * 60;
    expect(direction).toBe("unclear");
    expect(slope.perDay.lower).toBeGreaterThan(-1.3 * steepest);
    expect(slope.perDay.upper).toBeLessThan(1.3 * steepest);
  },
);
