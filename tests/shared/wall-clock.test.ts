import { judgeResource } from "@sightline/shared/capacity/judge-resource";
import { forecast } from "@sightline/shared/forecast/forecast";
import { tellInsights } from "@sightline/shared/insights/tell-insights";
import { tellsTime } from "@sightline/shared/statistics/wall-clock";
import { trend } from "@sightline/shared/trend/trend";
import { describe, expect, test } from "vitest";
import { NOTHING_TO_TELL } from "../support/nothing-to-tell.ts";

const NOW = Date.UTC(2026, 5, 1);
const MINUTE = 60_000;

const series = (valueAt: (tMs: number) => number, count = 300) => {
  const timestamps = Array.from({ length: count }, (_, i) => NOW - (count - i) * MINUTE);
  return { timestamps, values: timestamps.map(valueAt) };
};

describe("a clock", () => {
  test.each([
    ["seconds", (t: number) => t / 1000],
    ["milliseconds", (t: number) => t],
    ["nanoseconds, an hour behind", (t: number) => (t - 60 * MINUTE) * 1e6],
    ["seconds, set every five minutes, with gaps", (t: number) => (t % (7 * MINUTE) === 0 ? Number.NaN : Math.floor(t / 300_000) * 300)],
  ])("is known by what it does: %s", (_, valueAt) => {
    const { timestamps, values } = series(valueAt);
    expect(tellsTime(timestamps, values)).toBe(true);
  });

  test.each([
    ["a counter of seconds", (t: number) => (t - NOW) / 1000 + 1e6],
    ["when it started", () => NOW / 1000 - 3600],
    ["bytes about the number of seconds since 1970", (t: number) => NOW / 1000 + 4096 * Math.sin(t)],
    ["a clock that runs twice as fast", (t: number) => (2 * t - NOW) / 1000],
  ])("is none: %s", (_, valueAt) => {
    const { timestamps, values } = series(valueAt);
    expect(tellsTime(timestamps, values)).toBe(false);
  });

  test("has no forecast, no trend and no capacity, in words", () => {
    const clock = series((t) => t / 1000);
    expect(forecast({ ...clock, horizonMs: 60 * MINUTE })).toMatchObject({ refused: { code: "clock" } });
    expect(trend(clock)).toMatchObject({ refused: { code: "clock", reason: expect.stringContaining("time() minus it") as string } });
    const resource = { kind: "quota", name: "a", labels: {}, query: "q", unit: "", limit: 2e9 } as const;
    expect(judgeResource({ resource, history: clock, hosts: 1, random: () => 0.5 })).toMatchObject({ refused: { code: "clock" } });
  });

  test("is no insight when it jumps, as a level of its size is", () => {
    const insights = (value: number, expected: number) =>
      tellInsights({
        nowMs: NOW,
        sinceMs: NOW - 60 * MINUTE,
        ...NOTHING_TO_TELL,
        anomalies: [
          {
            id: "a",
            labels: { __name__: "last_run" },
            t: NOW - MINUTE,
            value,
            expected,
            lower: expected - 1,
            upper: expected + 1,
            score: 0.95,
            kind: "level_shift",
            severity: "error",
            reason: "the level moved",
            newest: { t: NOW, value },
            judgedBy: "value",
            unit: "",
          },
        ],
      }).insights;
    expect(insights(NOW / 1000 - 60, NOW / 1000 - 7200)).toEqual([]);
    expect(insights(NOW / 1000 - 60, NOW / 2000)).toHaveLength(1);
  });
});
