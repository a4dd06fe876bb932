/** A day is known once two of them are over and are alike. */
import { forecast } from "@sightline/shared/forecast/forecast";
import { findSeasons } from "@sightline/shared/forecast/period";
import { expect, test } from "vitest";
import { randomSource } from "../bench/anomaly-generator.ts";

const STEP = 300_000;
const DAY = 288;

test.each([2, 2.2, 2.5])("%d days of five-minute samples have a day, and it is forecast; walks have none", (days) => {
  const count = Math.round(days * DAY);
  const random = randomSource(7);
  const day = (i: number): number => 3 * Math.sin((2 * Math.PI * i) / DAY);
  const values = Array.from({ length: count }, (_, i) => day(i) + random() - 0.5);
  expect(findSeasons(Float64Array.from(values), STEP).short).toBe(DAY);
  const answer = forecast({ timestamps: values.map((_, i) => i * STEP), values, horizonMs: (DAY / 2) * STEP });
  if ("refused" in answer) throw new Error(answer.refused.reason);
  for (const { t, mean } of answer.points) expect(Math.abs(mean - day(t / STEP))).toBeLessThan(0.6);
  let found = 0;
  for (let series = 0; series < 40; series++) {
    let value = 0;
    if (
      findSeasons(
        Float64Array.from({ length: count }, () => (value += random() - 0.5)),
        STEP,
      ).short === DAY
    )
      found++;
  }
  expect(found).toBeLessThanOrEqual(4);
});

test.each([2.1, 2.6, 3, 3.3])(
  "after %d days of a day that also grows the growth goes on: what has more days behind it has not jumped",
  (days) => {
    const count = Math.round(days * DAY);
    const random = randomSource(11);
    const truth = (i: number): number => 100 + (20 * i) / DAY + 20 * Math.sin((2 * Math.PI * i) / DAY);
    const values = Array.from({ length: count }, (_, i) => truth(i) + 2 * (random() - 0.5));
    const answer = forecast({ timestamps: values.map((_, i) => i * STEP), values, horizonMs: DAY * STEP });
    if ("refused" in answer) throw new Error(answer.refused.reason);
    const inside = answer.points.filter(({ t, lo95, hi95 }) => truth(t / STEP) >= lo95 && truth(t / STEP) <= hi95).length;
    expect(inside / answer.points.length).toBeGreaterThan(0.9);
    expect(Math.abs((answer.points.at(-1)?.mean ?? 0) - (values.at(-1) ?? 0) - 20)).toBeLessThan(4);
  },
);

test.each([
  [6, 3],
  [8, 1],
  [9, 3],
  [12, 7],
])("an office of %d days, of which one weekend was seen, rests on the next one, %d days ahead", (days, ahead) => {
  const [stepMs, perDay] = [600_000, 144];
  // A Thursday morning, so that the first two days and a half are worked.
  const firstMs = Date.UTC(2026, 2, 5, 9);
  const random = randomSource(5);
  const truth = (ms: number): number => {
    const hour = (ms / 3_600_000) % 24;
    const rests = new Date(ms).getUTCDay() % 6 === 0 || hour < 7 || hour >= 20;
    return rests ? 1 : 1 + 60 * Math.sin(((hour - 7) / 13) * Math.PI);
  };
  const timestamps = Array.from({ length: days * perDay }, (_, i) => firstMs + i * stepMs);
  const values = timestamps.map((ms) => truth(ms) * (0.8 + 0.4 * random()));
  const answer = forecast({ timestamps, values, horizonMs: ahead * perDay * stepMs });
  if ("refused" in answer) throw new Error(answer.refused.reason);
  const { points, backtest } = answer;
  const off = points.reduce((sum, { t, mean }) => sum + Math.abs(mean - truth(t)), 0) / points.reduce((sum, { t }) => sum + truth(t), 0);
  expect(off).toBeLessThan(0.2);
  expect(backtest.wape).toBeLessThan(0.3);
  expect(points.filter(({ t, lo95, hi95 }) => truth(t) >= lo95 && truth(t) <= hi95).length / points.length).toBeGreaterThan(0.93);
});

test.each([
  [5, 2, 7],
  [5, 0.5, 7],
  [4.6, 2, 6.3],
  [5, 0, 6.5],
])("a level that moved on day %d, about the first Saturday, to %d times as much is no weekend on day %d", (movedOn, factor, days) => {
  const [stepMs, perDay] = [600_000, 144];
  const monday = Date.UTC(2026, 2, 2);
  const random = randomSource(5);
  const day = (ms: number): number => 100 + 60 * Math.sin((2 * Math.PI * (ms - monday)) / (perDay * stepMs));
  const timestamps = Array.from({ length: days * perDay }, (_, i) => monday + i * stepMs);
  const values = timestamps.map((ms, i) => (i >= movedOn * perDay ? factor : 1) * day(ms) * (0.95 + 0.1 * random()));
  const answer = forecast({ timestamps, values, horizonMs: 4 * perDay * stepMs });
  if ("refused" in answer) throw new Error(answer.refused.reason);
  const later = answer.points.filter(({ t }) => t >= monday + 7.5 * perDay * stepMs);
  expect(later.filter(({ t, lo95, hi95 }) => factor * day(t) >= lo95 && factor * day(t) <= hi95).length / later.length).toBeGreaterThan(
    0.9,
  );
});
