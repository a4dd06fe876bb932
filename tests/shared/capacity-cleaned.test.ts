import { DEFAULT_SETTINGS } from "@sightline/shared/capacity/default-prices";
import { describeResource } from "@sightline/shared/capacity/describe-resource";
import { judgeResource } from "@sightline/shared/capacity/judge-resource";
import { capacityInsight } from "@sightline/shared/insights/capacity-insight";
import type { CapacityResource, ResourceKind, Scenario, ScenarioOutcome } from "@sightline/shared/model/capacity";
import { describe, expect, test } from "vitest";
import { randomSource } from "../bench/anomaly-generator.ts";
import { DAY, HOUR, noise, series, told } from "../support/made-series.ts";

const HOURS = 14 * 24;

function judged(
  kind: ResourceKind,
  values: readonly number[],
  scenario?: Scenario,
  demand?: readonly number[],
  limit = 100,
): CapacityResource {
  const history = series(values, HOUR);
  const found = judgeResource({
    resource: { kind, name: kind, labels: { host_name: "a" }, query: "used", unit: kind === "connections" ? "" : "bytes", limit },
    history,
    hosts: 4,
    random: randomSource(1),
    ...(scenario === undefined ? {} : { scenario }),
    ...(demand === undefined ? {} : { demand: series(demand, HOUR) }),
  });
  if (found === null) throw new Error("nothing was judged");
  return describeResource(found, DEFAULT_SETTINGS, history.timestamps.at(-1) ?? 0);
}

const hourly = (value: (hour: number) => number): number[] => Array.from({ length: HOURS }, (_, hour) => value(hour));

describe("a disk", () => {
  test("that was full and has been cleaned is not at its limit: its peak is counted since", () => {
    const deviate = noise(11);
    for (const before of [100, 96]) {
      const disk = judged(
        "disk",
        hourly((hour) => (hour < HOURS / 2 ? before : 30) + 0.05 * deviate()),
      );
      expect(disk.recommendation.type).toBe("keep");
      expect(disk.headroomAtPeak).toBeCloseTo(0.7, 1);
      expect(disk.roomMadeAt).toBe(series(hourly(Number), HOUR).timestamps[HOURS / 2]);
      expect(disk.recommendation.reasons[0]).toBe("70% of 100 B was free at the peak since much was deleted 7 d ago");
      expect(capacityInsight(disk, disk.peakAt)).toBeNull();
    }
  });

  test("that was cleaned an hour ago, once by little, or is a budget, is judged by all that was seen", () => {
    for (const [kind, hours, after] of [
      ["disk", 2, 5],
      ["disk", HOURS / 2, 94],
      ["budget", HOURS / 2, 5],
    ] as const) {
      const resource = judged(
        kind,
        hourly((hour) => (hour < HOURS - hours ? 97 : after)),
      );
      expect(resource.roomMadeAt).toBeUndefined();
      expect(resource.recommendation.type).toBe("grow");
    }
    const lately = judged(
      "disk",
      hourly((hour) => (hour < HOURS - 48 ? 97 : 30)),
    );
    expect(lately.roomMadeAt).toBeDefined();
    expect(lately.recommendation.type).toBe("keep");
  });

  test("whose highest of each hour is known, too: that of the hour of the cleaning is of before", () => {
    const history = series(
      hourly((hour) => (hour < HOURS / 2 ? 96 : 30)),
      HOUR,
    );
    const peaks = { ...history, values: hourly((hour) => (hour <= HOURS / 2 ? 99 : 31)) };
    const resource = { kind: "disk", name: "disk /", labels: {}, query: "used", unit: "bytes", limit: 100 } as const;
    expect(judgeResource({ resource, history, peaks, hosts: 1, random: randomSource(1) })?.peak).toBe(31);
  });

  test("that surely gets emptier is not short of room for what it once held", () => {
    const deviate = noise(12);
    const disk = judged(
      "disk",
      hourly((hour) => 95 - (50 * hour) / HOURS + 0.05 * deviate()),
    );
    expect(disk.recommendation).toMatchObject({ type: "keep" });
  });

  test("that is emptied every day is as full as it was each time; memory that a restart has freed fills again", () => {
    const deviate = noise(13);
    const daily = judged(
      "disk",
      hourly((hour) => 92 - 50 * Number(hour % 24 < 6) + 0.05 * deviate()),
    );
    expect(daily.roomMadeAt).toBeUndefined();
    expect(daily.recommendation.type).toBe("grow");
    const memory = judged(
      "memory",
      hourly((hour) => (hour < HOURS / 2 ? 96 : 30) + 0.05 * deviate()),
    );
    expect(memory.roomMadeAt).toBeUndefined();
    expect(memory.recommendation.type).toBe("grow");
  });
});

test.each([0, -5])("of what nobody uses (%d) it is not said that nothing would do", (used) => {
  for (const kind of ["disk", "connections"] as const) {
    const resource = judged(
      kind,
      hourly(() => used),
    );
    expect(resource.recommendation).toMatchObject({ type: "keep" });
    expect(resource.cost?.savingPerMonth ?? 0).toBe(0);
  }
});

test("connections are counted in whole ones and spoken of in the plural", () => {
  const deviate = noise(15);
  const used = hourly((hour) => 45.3 + (hour % 24 === 12 ? 5 : 0) + 0.05 * deviate());
  expect(judged("connections", used).recommendation.text).toMatch(/^6\d would do for the next \d+ days instead of 100\.$/);
  const full = judged(
    "connections",
    hourly((hour) => 90 + (10 * hour) / HOURS + 0.01 * deviate()),
  );
  expect(full.recommendation).toMatchObject({ type: "grow", size: expect.toSatisfy(Number.isInteger) });
  expect(full.recommendation.text).toMatch(/^Connections are (at their limit|about to be full): /);
  const busy = hourly((hour) => 40 + 8 * Math.sin((Math.PI * hour) / 12) + 0.05 * deviate());
  const twice = judged("connections", busy, { traffic: 1.5 }, busy);
  expect("scenario" in twice && twice.scenario !== undefined && told(twice.scenario).text).toMatch(
    /^At their peak connections would be \d\d, /,
  );
  // A share of the pool is no whole number.
  const share = judged(
    "connections",
    hourly((hour) => 0.9 + (0.1 * hour) / HOURS),
    undefined,
    undefined,
    1,
  );
  expect(share.recommendation.size).toBeGreaterThan(1.2);
  expect(share.recommendation.size).toBeLessThan(1.9);
});

describe("more traffic and another retention", () => {
  const NOW = { nowMs: 30 * DAY };
  const deviate = noise(14);
  const outcome = (hour: (hour: number) => number, scenario: Scenario): ScenarioOutcome => {
    const disk = judged("disk", hourly(hour), scenario);
    if (!("scenario" in disk) || disk.scenario === undefined) throw new Error("no scenario");
    return told(disk.scenario);
  };

  test("what is deleted at once came in at the rate of before, whatever comes", () => {
    // Two come in a day, and one of them goes at midnight.
    const used = (hour: number): number => 20 + Math.floor(hour / 24) + (hour % 24) / 12 + 0.005 * deviate();
    const values = hourly(used);
    for (const traffic of [0.5, 1, 2]) {
      const { peak } = outcome(used, { traffic, retention: { nowMs: 15 * DAY, thenMs: 10 * DAY } });
      // Never less than came in during the time that it is kept. What stays of each day is no part of what goes at once: five go, and of twice the work ten more come.
      expect(peak).toBeGreaterThan(20);
      expect(peak).toBeLessThan(Math.max(...values) + (traffic > 1 ? 6 : -3));
    }
  });

  test("kept longer, more traffic never leaves more room, nor later", () => {
    const sawtooth = hourly((hour) => 40 + 5 * ((hour % 24) / 24) + 0.02 * deviate());
    const peaks = [0.5, 1, 2].map((traffic) => {
      return outcome((hour) => sawtooth[hour]!, { traffic, retention: { ...NOW, thenMs: 90 * DAY } }).peak;
    });
    expect(peaks).toEqual(peaks.toSorted((a, b) => a - b));
    expect(peaks[1]).toBeLessThan(peaks[2] ?? 0);
  });
});
