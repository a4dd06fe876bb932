/** CPUs by means of 2 h and the busiest 5 min of each: when those are at 90% is asked. */
import { judgeResource } from "@sightline/shared/capacity/judge-resource";
import { meanWhenBusy } from "@sightline/shared/capacity/busiest-minutes";
import { recommend } from "@sightline/shared/capacity/recommend";
import type { ForecastUse } from "@sightline/shared/model/capacity";
import { expect, test } from "vitest";
import { randomSource } from "../bench/anomaly-generator.ts";
import { DAY, HOUR, MINUTE, START, noise, told } from "../support/made-series.ts";

const LIMIT = 0.9;

/** Of a day's work, weekends 40%. */
function work(ms: number): number {
  const hour = (ms % DAY) / HOUR;
  const day = 0.15 + 0.85 * Math.exp(-(((hour - 14) / 4.5) ** 2) / 2);
  return [0, 6].includes(new Date(ms).getUTCDay()) ? 0.4 * day : day;
}

function judged(busy: (ms: number) => number) {
  const end = START + 28 * DAY;
  const timestamps: number[] = [];
  const values: number[] = [];
  const peaks: number[] = [];
  let step: number[] = [];
  for (let t = START + 5 * MINUTE; t <= end; t += 5 * MINUTE) {
    step.push(busy(t));
    if (t % (2 * HOUR) !== 0) continue;
    timestamps.push(t);
    values.push(step.reduce((sum, value) => sum + value / step.length, 0));
    peaks.push(Math.max(...step));
    step = [];
  }
  const history = { timestamps, values };
  const highest = { timestamps, values: peaks };
  const found = judgeResource({
    resource: { kind: "cpu", name: "CPU", labels: {}, query: "used", unit: "ratio", limit: LIMIT },
    history,
    peaks: highest,
    hosts: 1,
    random: randomSource(1),
  });
  if (found === null || "refused" in found) throw new Error("nothing was judged");
  return { end, found, history, highest, ...(told(found) as ForecastUse).saturation };
}

test.each([
  ["with nothing to do 0%", 0, 0.5, 0.05, 0.05, 41],
  ["with nothing to do 5%", 0.05, 0.55, 0.05, 0.05, 41],
  ["with nothing to do 5%, slowly", 0.05, 0.6, 0.03, 0.05, 41],
  ["with nothing to do 4%, noisily", 0.04, 0.5, 0.05, 0.1, 41],
  ["so slowly in noise that its growth is likely and not sure", 0.04, 0.35, 0.02, 0.25, 42],
])("a CPU, %s, whose work grows by shares is full when its usual day's busiest minutes are", (_, idle, work0, weekly, scatter, seed) => {
  const deviate = noise(seed);
  const expected = (ms: number): number => idle + work0 * work(ms) * (1 + weekly) ** ((ms - START) / (7 * DAY));
  const { end, at, earliest, latest } = judged((ms) => expected(ms) * (1 + scatter * deviate()));
  // Of the two dozen noises about noon the highest is some 1.6 usual deviations above none.
  let full = end;
  while (expected(full) * (1 + 1.6 * scatter) < LIMIT) full += HOUR;
  expect((earliest ?? Infinity) - 2 * DAY).toBeLessThan(full);
  expect((latest ?? Infinity) + 2 * DAY).toBeGreaterThan(full);
  expect(((at ?? Infinity) - end) / (full - end)).toBeLessThan(1.6);
});

test.each([0.85, 1])("a steady CPU that a job keeps at %d for five minutes of every hour is not about to be full", (burst) => {
  const deviate = noise(43);
  const { found, end } = judged((ms) => Math.min(1, (ms % HOUR === 0 ? burst : 0.05 + 0.4 * work(ms)) * (1 + 0.03 * deviate())));
  expect(recommend(found, end).type).not.toBe("grow");
});

test("bursts that are as high whatever else is done bring no limit nearer, peaks in proportion do", () => {
  const steady = judged((ms) => (ms % HOUR === 0 ? 0.8 : 0.05 + 0.4 * work(ms)));
  expect(meanWhenBusy(steady.history, steady.highest, 7 * DAY)(LIMIT)).toBe(LIMIT);
  const followed = judged((ms) => (ms % HOUR === 0 ? 1.5 : 1) * (0.05 + 0.4 * work(ms)));
  expect(meanWhenBusy(followed.history, followed.highest, 7 * DAY)(LIMIT)).toBeLessThan(0.7);
});
