import { aboveBetweenPoints } from "@sightline/shared/capacity/above-at-height";
import { judgeResource } from "@sightline/shared/capacity/judge-resource";
import type { ForecastUse } from "@sightline/shared/model/capacity";
import { expect, test } from "vitest";
import { randomSource } from "../bench/anomaly-generator.ts";
import { DAY, HOUR, MINUTE, START, noise, told } from "../support/made-series.ts";

const saw = (t: number): number => (t % DAY) / DAY;
const atOne = (t: number): number => 0.1 + 0.9 * Math.exp(-(((t % DAY) / HOUR - 13) ** 2) / 12);

/** When 28 days of a shape that grows are said to reach the limit, of instants two hours apart and the highest of each two hours; and when they do. */
function judged(shape: (t: number) => number, level: (day: number) => number, limit: number) {
  const deviate = noise(97);
  const value = (t: number): number => level((t - START) / DAY) * shape(t);
  const end = START + 28 * DAY;
  const timestamps: number[] = [];
  const values: number[] = [];
  const peaks: number[] = [];
  let highest = 0;
  for (let t = START + 5 * MINUTE; t <= end; t += 5 * MINUTE) {
    const seen = value(t) * (1 + 0.02 * deviate());
    highest = Math.max(highest, seen);
    if (t % (2 * HOUR) !== 0) continue;
    timestamps.push(t);
    values.push(seen);
    peaks.push(highest);
    highest = 0;
  }
  const found = judgeResource({
    resource: { kind: "disk", name: "disk /log", labels: {}, query: "used", unit: "bytes", limit },
    history: { timestamps, values },
    peaks: { timestamps, values: peaks },
    hosts: 1,
    random: randomSource(1),
  });
  if (found === null) throw new Error("nothing was judged");
  let full = end;
  while (value(full) < limit) full += 5 * MINUTE;
  return { full, ...(told(found) as ForecastUse).saturation };
}

test.each([
  ["is emptied each night", saw, (day: number) => 100 * Math.exp(0.012 * day), 170],
  ["is emptied each night and grows fast", saw, (day: number) => 100 * Math.exp(0.03 * day), 320],
  ["is emptied each night and grows along a line", saw, (day: number) => 100 * (1 + 0.02 * day), 220],
  ["is highest between two looks", atOne, (day: number) => 100 * Math.exp(0.012 * day), 170],
])("what %s and grows by shares is full when its height is", (_, shape, level, limit) => {
  const { full, at, earliest, latest } = judged(shape, level, limit);
  expect(Math.abs((at ?? Infinity) - full) / DAY).toBeLessThan(5);
  expect((earliest ?? Infinity) - DAY).toBeLessThan(full);
  expect((latest ?? Infinity) + DAY).toBeGreaterThan(full);
});

test("what is higher between its points is so by few peaks as by many", () => {
  const history = { timestamps: Array.from({ length: 40 }, (_, i) => i * MINUTE), values: Array.from({ length: 40 }, () => 50) };
  for (const seen of [1, 11, 12, 40])
    expect(
      aboveBetweenPoints(history, { timestamps: history.timestamps.slice(-seen), values: history.values.slice(-seen).map(() => 80) }),
    ).toBe(30);
  expect(aboveBetweenPoints(history, { timestamps: [], values: [] })).toBe(0);
});
