import { expect, test } from "vitest";
import { judgeResource } from "@sightline/shared/capacity/judge-resource";
import { recommend } from "@sightline/shared/capacity/recommend";
import { randomSource } from "../bench/anomaly-generator.ts";
import { noise } from "../support/made-series.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const NOW = Date.UTC(2026, 10, 23);

/** Filled from 20 to 60 of 100 in so many minutes and emptied, seen by the minute. */
function spool(everyMinutes: number) {
  const deviate = noise(3);
  const minutes = 29 * 24 * 60;
  let filled = 0;
  const values = Float64Array.from({ length: minutes }, (_, i) => {
    filled = i % everyMinutes === 0 ? 0 : filled + (40 / everyMinutes) * (1 + 0.3 * deviate());
    return 20 + filled;
  });
  return (ms: number): number => values[minutes - 1 - (NOW - ms) / MINUTE] ?? Number.NaN;
}

/** As it is read: by the step, with the highest of each, and the newest value. */
function read(valueAt: (ms: number) => number, now: number, stepMs: number) {
  const steps = (28 * DAY) / stepMs;
  const last = Math.floor(now / stepMs) * stepMs;
  const timestamps = Array.from({ length: steps }, (_, i) => last - (steps - 1 - i) * stepMs);
  const highest = (end: number): number => Math.max(...Array.from({ length: stepMs / MINUTE }, (_, k) => valueAt(end - k * MINUTE)));
  const values = timestamps.map(valueAt);
  const peaks = timestamps.map(highest);
  if (now > last)
    for (const [column, value] of [
      [timestamps, now],
      [values, valueAt(now)],
      [peaks, valueAt(now)],
    ] as const)
      column.push(value);
  return { history: { timestamps, values }, peaks: { timestamps, values: peaks } };
}

test.each([60, 360])("what is filled and emptied every %d min is not about to be full before it is emptied again", (every) => {
  const valueAt = spool(every);
  const resource = { kind: "disk", name: "spool", labels: {}, query: "used", unit: "bytes", limit: 100 } as const;
  for (const before of [6, 28, 50]) {
    const now = NOW - 6 * HOUR - before * MINUTE;
    const judged = judgeResource({ resource, ...read(valueAt, now, 2 * HOUR), hosts: 1, random: randomSource(1) });
    if (judged === null || "refused" in judged) throw new Error("nothing was judged");
    expect(judged.used).toBe(valueAt(now));
    expect([recommend(judged, now).type, judged.saturation.at]).toEqual(["keep", null]);
  }
});

test("what has never risen so far between two points is as full as it is", () => {
  const valueAt = spool(360);
  const now = NOW - 6 * HOUR - 50 * MINUTE;
  const { history, peaks } = read((ms) => valueAt(ms) + (now - ms < HOUR ? 35 * (1 - (now - ms) / HOUR) : 0), now, 2 * HOUR);
  const resource = { kind: "disk", name: "spool", labels: {}, query: "used", unit: "bytes", limit: 100 } as const;
  const judged = judgeResource({ resource, history, peaks, hosts: 1, random: randomSource(1) });
  if (judged === null || "refused" in judged) throw new Error("nothing was judged");
  expect(recommend(judged, now).type).toBe("watch");
  expect(((judged.saturation.earliest ?? Infinity) - now) / HOUR).toBeLessThan(36);
});
