import { describe, expect, test } from "vitest";
import { comesBack } from "@sightline/shared/capacity/comes-back";
import { judgeResource } from "@sightline/shared/capacity/judge-resource";
import { recommend } from "@sightline/shared/capacity/recommend";
import { fitGrowth } from "@sightline/shared/capacity/saturation";
import { randomSource } from "../bench/anomaly-generator.ts";
import { DAY, HOUR, noise, told } from "../support/made-series.ts";

const MONDAY = Date.UTC(2026, 2, 2);

/** Of what comes in by day, and at weekends a third of it, as much as is kept for some hours; hourly, ending at a time. */
function kept(hours: number, seenMs: number, endMs: number, growthPerDay = 0) {
  const deviate = noise(4);
  const from = endMs - seenMs - hours * HOUR;
  const comes = Array.from({ length: (endMs - from) / HOUR + 1 }, (_, i) => {
    const ms = from + i * HOUR;
    const weekend = [0, 6].includes(new Date(ms).getUTCDay()) ? 0.3 : 1;
    const day = 0.3 + 0.7 * Math.exp(-((((ms % DAY) / HOUR - 14) / 4.5) ** 2) / 2);
    return (weekend * day * (1 + 0.1 * deviate()) * 110) / hours;
  });
  const timestamps: number[] = [];
  const values: number[] = [];
  for (let i = hours; i < comes.length; i++) {
    timestamps.push(from + i * HOUR);
    values.push(15 + (growthPerDay * (i - hours)) / 24 + comes.slice(i - hours + 1, i + 1).reduce((sum, one) => sum + one, 0));
  }
  return { timestamps, values };
}

function judged(history: ReturnType<typeof kept>) {
  const resource = { kind: "disk", name: "disk /", labels: {}, query: "used", unit: "bytes", limit: 100 } as const;
  const found = judgeResource({ resource, history, hosts: 1, random: randomSource(1) });
  if (found === null || "refused" in found) throw new Error("nothing was judged");
  return { ...found, advice: recommend(found, history.timestamps.at(-1) ?? 0) };
}

describe("a disk that keeps the last days, on the Mondays to Thursdays after calm weekends", () => {
  test.each([
    [24, 7.5, 7.5],
    [24, 12.5, 15.5],
    [72, 9.4, 9.4],
    [72, 10, 10],
  ])("of %d h, seen for %d days, is back where it was and not about to be full", (hours, days, at) => {
    const { saturation, growthPerDay, advice } = judged(kept(hours, days * DAY, MONDAY + at * DAY));
    expect(saturation.latest).toBeNull();
    expect(growthPerDay.lower).toBeLessThanOrEqual(0);
    expect(advice.priority).toBe("low");
  });

  test("fills all the same once it is beyond where it was", () => {
    const mayBeOver = (growthPerDay: number): boolean =>
      told(fitGrowth(kept(24, 12.5 * DAY, MONDAY + 15.5 * DAY, growthPerDay), true)).mayBeOver;
    expect([mayBeOver(0), mayBeOver(1.5)]).toEqual([true, false]);
    expect(judged(kept(24, 12.5 * DAY, MONDAY + 15.5 * DAY, 1.5)).growthPerDay.value).toBeGreaterThan(0);
  });
});

describe("what comes back", () => {
  const line = (from: number, to: number, steps: number): number[] =>
    Array.from({ length: steps }, (_, i) => from + ((to - from) * i) / steps);
  const series = (...parts: readonly number[][]): Float64Array => Float64Array.from(parts.flat());

  test("fell little by little, and rises in about as long to no more", () => {
    expect(comesBack(series(line(80, 80, 50), line(80, 50, 20), line(50, 75, 30)))).toBe(true);
    expect(comesBack(series(line(80, 80, 50), line(80, 50, 20), line(50, 85, 30)))).toBe(false);
    expect(comesBack(series(line(80, 80, 50), line(80, 50, 20), line(50, 75, 90)))).toBe(false);
  });

  test("is not what was deleted at once, nor what only grows or falls, nor what stands", () => {
    expect(comesBack(series(line(80, 80, 50), line(50, 75, 30)))).toBe(false);
    expect(comesBack(series(line(10, 80, 100)))).toBe(false);
    expect(comesBack(series(line(80, 10, 100), line(10, 11, 3)))).toBe(false);
    expect(comesBack(series(line(10, 10, 100)))).toBe(false);
  });
});
