import { DEFAULT_SETTINGS } from "@sightline/shared/capacity/default-prices";
import { describeResource } from "@sightline/shared/capacity/describe-resource";
import { judgeResource } from "@sightline/shared/capacity/judge-resource";
import { capacityInsight } from "@sightline/shared/insights/capacity-insight";
import type { CapacityResource, ForecastUse, ResourceKind } from "@sightline/shared/model/capacity";
import { describe, expect, test } from "vitest";
import { randomSource } from "../bench/anomaly-generator.ts";
import { DAY, HOUR, MINUTE, noise, series, told } from "../support/made-series.ts";

const EVERY = 5 * MINUTE;

function judged(
  kind: ResourceKind,
  values: readonly number[],
  limit: number,
): { readonly resource: CapacityResource; readonly endMs: number } {
  const history = series(values, EVERY);
  const found = judgeResource({
    resource: { kind, name: `${kind} on a`, labels: { host_name: "a" }, query: "used", unit: kind === "cpu" ? "ratio" : "count", limit },
    history,
    hosts: 1,
    random: randomSource(1),
  });
  if (found === null) throw new Error("nothing was judged");
  const endMs = history.timestamps.at(-1) ?? 0;
  return { resource: describeResource(found, DEFAULT_SETTINGS, endMs), endMs };
}

describe("what follows the work, on its first days", () => {
  const deviate = noise(71);
  /** A healthy host: 8% busy at night, 42% at noon, from midnight on. */
  const busy = (hours: number): readonly number[] =>
    Array.from(
      { length: (hours * HOUR) / EVERY },
      (_, i) => (0.25 - 0.17 * Math.cos((2 * Math.PI * i * EVERY) / DAY)) * (1 + 0.06 * deviate()),
    );

  test.each([4, 6, 8, 10, 24, 28, 30, 32])("is not about to be full because it is morning, after %d h", (hours) => {
    const { resource, endMs } = judged("cpu", busy(hours), 0.9);
    expect(resource.recommendation.type).not.toBe("grow");
    expect(capacityInsight(resource, endMs)).toBeNull();
    const { saturation, growthPerDay } = told(resource) as ForecastUse;
    expect(saturation.latest).toBeNull();
    expect(growthPerDay.lower).toBeLessThanOrEqual(0);
  });

  test("is about to be full when it gets there before any day would turn", () => {
    const leak = Array.from({ length: 24 }, (_, i) => 20 + 2 * i + 0.2 * deviate());
    const { resource, endMs } = judged("connections", leak, 100);
    expect(resource.recommendation).toMatchObject({ type: "grow", priority: "high" });
    expect(capacityInsight(resource, endMs)?.severity).toBe("error");
  });

  test("that it is only looked at again says why", () => {
    const { recommendation } = judged("cpu", busy(7), 0.9).resource;
    expect(recommendation.type).toBe("watch");
    expect(recommendation.reasons.join("; ")).toContain("that is known when it has been seen for two days");
  });

  test("of what adds up a slope is a slope on the first morning, too", () => {
    const filling = Array.from({ length: (8 * HOUR) / EVERY }, (_, i) => 30 + 0.4 * i + 0.1 * deviate());
    expect(judged("disk", filling, 130).resource.recommendation).toMatchObject({ type: "grow", priority: "high" });
  });
});

describe("a container that has just begun", () => {
  const deviate = noise(72);
  const MB = 2 ** 20;
  const wander = Array.from({ length: 200 }, () => deviate());
  const since = (shape: (hour: number) => number, minutes: number): readonly number[] =>
    Array.from({ length: minutes }, (_, i) => (shape(i / 60) + 4 * (wander[i] ?? 0)) * MB);
  const recommended = (values: readonly number[]): string => {
    const history = series(values, MINUTE);
    const found = judgeResource({
      resource: { kind: "memory", name: "memory of app", labels: { pod: "a" }, query: "used", unit: "bytes", limit: 1024 * MB },
      history,
      hosts: 1,
      random: randomSource(1),
    });
    if (found === null) throw new Error("nothing was judged");
    return describeResource(found, DEFAULT_SETTINGS, history.timestamps.at(-1) ?? 0).recommendation.type;
  };

  test.each([40, 60])("warms up, which is no leak, after %d min", (minutes) => {
    expect(recommended(since((hour) => 300 + 250 * (1 - Math.exp(-2 * hour)), minutes))).not.toBe("grow");
    expect(recommended(since((hour) => 300 + (hour < 0.1 ? 0 : hour < 0.4 ? 150 : 250), minutes))).not.toBe("grow");
  });

  test("collects its garbage, and rises to where it did before", () => {
    for (const minutes of [55, 100]) expect(recommended(since((hour) => 300 + 400 * ((hour * 1.5) % 1), minutes))).not.toBe("grow");
  });

  test("leaks, where it is full before it has been seen as long again", () => {
    expect(recommended(since((hour) => 300 + 480 * hour, 60))).toBe("grow");
  });
});

test.each([0, 1, 4])(
  "a leak beside garbage collection, %d%% of it each half hour, is certain when it is full within hours",
  (collected) => {
    const deviate = noise(75);
    const rise = Array.from({ length: 240 }, (_, i) => 20 + (75 * i) / 240 - (i % 6 === 5 ? collected : 0) + 0.05 * deviate());
    expect(judged("memory", rise, 100).resource.recommendation).toMatchObject({ type: "grow", priority: "high" });
  },
);

test("file descriptors that have risen for 40 h without a fall are no wave of a day, though they are full only in five hours", () => {
  const deviate = noise(76);
  const rise = Array.from({ length: 480 }, (_, i) => 100 + (800 * i) / 480 + 2 * deviate());
  expect(judged("file descriptors", rise, 1000).resource.recommendation).toMatchObject({ type: "grow", priority: "high" });
});

test("working days alone say nothing of the weekend: a disk that they fill is full later than all of them", () => {
  // Monday 00:00 to Friday 12:00 UTC, a share from 8 to 18 each day.
  const MONDAY = Date.UTC(2026, 9, 5);
  const every = HOUR / 2;
  const during = (ms: number): number => Math.min(10 * HOUR, Math.max(0, (ms % DAY) - 8 * HOUR)) / (10 * HOUR);
  const working = (ms: number): number =>
    Math.floor(ms / DAY) - 2 * Math.floor(ms / (7 * DAY)) - Math.max(0, (Math.floor(ms / DAY) % 7) - 5);
  const use = (ms: number): number => 40 + working(ms) + (Math.floor(ms / DAY) % 7 < 5 ? during(ms) : 0);
  const deviate = noise(73);
  for (const days of [3, 4]) {
    const from = (4.5 - days) * DAY;
    const timestamps = Float64Array.from({ length: (days * DAY) / every + 1 }, (_, i) => MONDAY + from + i * every);
    const values = Float64Array.from(timestamps, (t) => use(t - MONDAY) + 0.01 * deviate());
    const found = judgeResource({
      resource: { kind: "disk", name: "disk /", labels: { host_name: "a" }, query: "used", unit: "bytes", limit: 60 },
      history: { timestamps, values },
      hosts: 1,
      random: randomSource(1),
    });
    if (found === null) throw new Error("nothing was judged");
    const { saturation } = told(found) as ForecastUse;
    let truth = MONDAY + 4.5 * DAY;
    while (use(truth - MONDAY) < 60) truth += HOUR;
    expect(saturation.latest ?? Infinity).toBeGreaterThan(truth);
    expect((saturation.latest ?? Infinity) - truth).toBeLessThan(4 * DAY);
    expect(saturation.earliest ?? 0).toBeLessThan(truth);
  }
});
