import { forecast } from "@sightline/shared/forecast/forecast";
import { trend } from "@sightline/shared/trend/trend";
import { describe, expect, test } from "vitest";
import { DAY, HOUR, MINUTE, START, noise, told } from "../support/made-series.ts";

describe("a day that is missing", () => {
  const at = (t: number): number => 100 + 40 * Math.sin((2 * Math.PI * t) / DAY);
  /** `days` of samples half an hour apart, without those from `from` to `to` days before the end. */
  const forecastWithout = (days: number, from: number, to: number, horizonMs: number, seed: number) => {
    const deviate = noise(seed);
    const end = START + days * DAY;
    const all = Array.from({ length: days * 48 }, (_, i) => START + (i + 1) * 30 * MINUTE);
    const timestamps = all.filter((t) => t <= end - from * DAY || t > end - to * DAY);
    const made = forecast({ timestamps, values: timestamps.map((t) => at(t) + 3 * deviate()), horizonMs });
    if ("refused" in made) throw new Error(made.refused.reason);
    return made;
  };
  const errorOf = ({ points }: ReturnType<typeof forecastWithout>): number =>
    points.reduce((sum, { t, mean }) => sum + Math.abs(mean - at(t)), 0) / points.reduce((sum, { t }) => sum + at(t), 0);
  const width = ({ points }: ReturnType<typeof forecastWithout>): number =>
    points.reduce((sum, { lo95, hi95 }) => sum + hi95 - lo95, 0) / points.length;

  test.each([
    [14, 5, 4, 14 * 24],
    [14, 9, 8, 14 * 24],
    [14, 1.5, 1, 14 * 24],
    [28, 5, 4, 7 * 24],
    [28, 4, 2, 24],
  ])("of %d days, from %d to %d days ago, is no day to come, %d hours ahead", (days, from, to, hours) => {
    const whole = forecastWithout(days, 0, 0, hours * HOUR, 7);
    const gappy = forecastWithout(days, from, to, hours * HOUR, 7);
    expect(errorOf(gappy)).toBeLessThan(Math.max(0.05, 1.5 * errorOf(whole)));
    expect(width(gappy)).toBeLessThan(1.6 * width(whole));
  });
});

test("steps without a sample are no evidence of how well it is forecast: after an outage the intervals hold as before", () => {
  for (const [gapHours, ended] of [
    [12, 3],
    [24, 36],
    [48, 100],
  ] as const) {
    let held = 0;
    let all = 0;
    let toldWape = 0;
    for (let seed = 0; seed < 10; seed++) {
      const deviate = noise(80 + seed);
      const step = 5 * MINUTE;
      const values = Array.from({ length: 1000 }, () => 50 + 2 * deviate());
      const kept = values.map((_, i) => i).filter((i) => i < 1000 - ended - gapHours * 12 || i >= 1000 - ended);
      const timestamps = kept.map((i) => i * step);
      const answer = forecast({ timestamps, values: kept.map((i) => values[i]!), horizonMs: HOUR, stepMs: step });
      if ("refused" in answer) throw new Error(answer.refused.reason);
      toldWape += answer.backtest.wape / 10;
      for (const { lo95, hi95 } of answer.points) {
        const truth = 50 + 2 * deviate();
        all++;
        if (truth >= lo95 && truth <= hi95) held++;
      }
    }
    expect(held / all).toBeGreaterThan(0.8);
    expect(toldWape).toBeGreaterThan(0.025);
  }
});

test.each([
  [12, 12],
  [24, 24],
  [24, 96],
])("a level that moved in %d hours without samples, %d steps ago, is a level that moved and no slope", (gapHours, ended) => {
  const deviate = noise(95);
  const step = 15 * MINUTE;
  const count = 14 * 96;
  const kept = Array.from({ length: count }, (_, i) => i).filter((i) => i < count - ended - gapHours * 4 || i >= count - ended);
  const timestamps = kept.map((i) => START + i * step);
  const values = kept.map((i) => (i < count - ended ? 40 : 55) + 0.5 * deviate());
  for (const horizonMs of [6 * HOUR, 3 * DAY, 7 * DAY]) {
    const answer = forecast({ timestamps, values, horizonMs });
    if ("refused" in answer) throw new Error(answer.refused.reason);
    const { mean, hi95 } = answer.points.at(-1)!;
    expect(Math.abs(mean - 55)).toBeLessThan(2);
    expect(hi95).toBeLessThan(60);
  }
  const { changePoints } = told(trend({ timestamps, values }));
  expect(changePoints.filter(({ kind }) => kind === "slope")).toEqual([]);
});
