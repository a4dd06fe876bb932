import { describe, expect, test } from "vitest";
import { judgeResource } from "@sightline/shared/capacity/judge-resource";
import { oneStep } from "@sightline/shared/capacity/one-step";
import { randomSource } from "../bench/anomaly-generator.ts";
import { DAY, HOUR, noise, series } from "../support/made-series.ts";

function judged(kind: "disk" | "memory", value: (hour: number) => number, hours: number) {
  const deviate = noise(4);
  const history = series(
    Array.from({ length: hours }, (_, hour) => value(hour) + 0.2 * deviate()),
    HOUR,
  );
  const resource = { kind, name: kind, labels: {}, query: "used", unit: "bytes", limit: 100 } as const;
  const found = judgeResource({ resource, history, hosts: 1, random: randomSource(1) });
  if (found === null || "refused" in found) throw new Error("nothing was judged");
  return found;
}

const BEGIN = series([0], HOUR).timestamps[0] ?? 0;
const imported = (hours: number) => (hour: number) => 40 + 25 * Math.min(1, Math.max(0, (hour - 72) / hours));
const warmed = (hours: number) => (hour: number) => 15 + 60 * (1 - Math.exp(-hour / hours));

describe("what rose once and has stood since is not sure to fill", () => {
  test.each([1, 2, 3, 8])("a disk that took in much within %d h", (hours) => {
    for (const days of [5, 8, 14, 27]) {
      const { saturation, growthPerDay } = judged("disk", imported(hours), 24 * days);
      expect(saturation.latest).toBeNull();
      expect(growthPerDay.lower).toBeLessThan(0);
    }
  });

  test.each([3, 6, 12])("memory that a cache of %d h has filled", (hours) => {
    for (const days of [4, 8, 14]) expect([days, judged("memory", warmed(hours), 24 * days).saturation.latest]).toEqual([days, null]);
  });

  test("but what rises still is, and what grew before and since goes on as if it had never been there", () => {
    const since = judged("disk", (hour) => 20 + Math.max(0, hour - 300) / 2, 336);
    expect(since.saturation.latest).not.toBeNull();
    const { saturation } = judged("disk", (hour) => 0.05 * hour + imported(3)(hour) - 30, 336);
    const truth = ((100 - 0.05 * 335 - 35) / 0.05) * HOUR;
    expect((saturation.at ?? 0) - BEGIN - 335 * HOUR).toBeGreaterThan(0.9 * truth);
    expect((saturation.at ?? 0) - BEGIN - 335 * HOUR).toBeLessThan(1.1 * truth);
    expect(saturation.latest).toBeLessThan(BEGIN + 335 * HOUR + 1.3 * truth + DAY);
  });
});

test("a step is found with its ends, in one or within some, and none where it comes again or goes on", () => {
  const at = (value: (i: number) => number) => oneStep(Float64Array.from({ length: 200 }, (_, i) => value(i)));
  expect(at((i) => (i < 50 ? 0 : 10))).toMatchObject({ from: 49, to: 50, jump: 10 });
  expect(at((i) => Math.min(10, Math.max(0, i - 50)))).toMatchObject({ jump: 10 });
  expect(at((i) => Math.min(10, Math.max(0, (i % 90) - 50)))).toBeNull();
  expect(at((i) => Math.max(0, i - 190))).toBeNull();
  expect(at(Number)).toBeNull();
  expect(at(() => 5)).toBeNull();
});
