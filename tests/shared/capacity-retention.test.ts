import { DEFAULT_SETTINGS } from "@sightline/shared/capacity/default-prices";
import { describeResource } from "@sightline/shared/capacity/describe-resource";
import { judgeResource } from "@sightline/shared/capacity/judge-resource";
import type { CapacityResource, ForecastUse, Scenario, ScenarioOutcome } from "@sightline/shared/model/capacity";
import { describe, expect, test } from "vitest";
import { randomSource } from "../bench/anomaly-generator.ts";
import { DAY, HOUR, MINUTE, noise, series, told } from "../support/made-series.ts";

function judged(values: readonly number[], limit: number, scenario?: Scenario, everyMs = HOUR): CapacityResource {
  const history = series(values, everyMs);
  const found = judgeResource({
    resource: { kind: "disk", name: "disk /", labels: { host_name: "a" }, query: "used", unit: "bytes", limit },
    history,
    hosts: 1,
    random: randomSource(1),
    ...(scenario === undefined ? {} : { scenario }),
  });
  if (found === null) throw new Error("nothing was judged");
  return describeResource(found, DEFAULT_SETTINGS, history.timestamps.at(-1) ?? 0);
}

describe("another retention of what is deleted each hour", () => {
  /** What is there, hour by hour up to now, and from then on when it is kept for `thenDays`; kept for `nowDays` until then. */
  function simulated(
    inflow: (hour: number) => number,
    nowDays: number,
    thenDays: number,
  ): { readonly seen: number[]; readonly after: number[] } {
    const kept = (hour: number, days: number): number => {
      let sum = 0;
      for (let from = hour; from > hour - days * 24; from--) sum += inflow(from);
      return sum;
    };
    const seen = Array.from({ length: 28 * 24 }, (_, i) => kept(i - 28 * 24, nowDays));
    // What was older than the former retention is gone for good.
    const later = Array.from({ length: 100 * 24 }, (_, i) => {
      let sum = 0;
      for (let from = i; from > Math.max(i - thenDays * 24, -nowDays * 24); from--) sum += inflow(from);
      return sum;
    });
    return { seen, after: later };
  }
  const deviate = noise(61);
  const rough = Array.from({ length: 400 * 24 }, () => 1 + 0.05 * deviate());
  const growing = (perDay: number) => (hour: number) => 0.2 * Math.exp((perDay * hour) / 24) * (rough[hour + 200 * 24] ?? 1);

  test.each([
    [7, 28],
    [7, 14],
    [30, 60],
    [14, 7],
  ])("grows from %d days to %d as what comes in makes it, though only the difference of what comes and goes is seen", (now, then) => {
    const { seen, after } = simulated(growing(0.005), now, then);
    const limit = Math.max(...seen) * 1.6;
    const outcome = told<ScenarioOutcome>(
      (judged(seen, limit, { retention: { nowMs: now * DAY, thenMs: then * DAY } }) as Required<ForecastUse>).scenario,
    );
    const truth = Math.max(...after.slice(0, Math.max(1, then * 24)));
    expect(outcome.peak / truth).toBeGreaterThan(then > now ? 0.85 : 0.4);
    expect(outcome.peak / truth).toBeLessThan(1.15);
    const full = after.findIndex((value) => value >= limit);
    const end = series(seen, HOUR).timestamps.at(-1) ?? 0;
    if (full >= 0 && full < 60 * 24) {
      expect((outcome.saturation.earliest ?? Infinity) - end).toBeLessThan((full + 24) * HOUR);
      expect((outcome.saturation.latest ?? Infinity) - end).toBeGreaterThan((full - 24) * HOUR);
    }
    expect(outcome.assumptions.join("; ")).toContain("is deleted as evenly as it comes");
  });

  test("is not guessed of what rises and is younger than what is kept", () => {
    const young = Array.from({ length: 14 * 24 }, (_, i) => 100 + 0.2 * i * (1 + 0.001 * deviate()));
    const { scenario } = judged(young, 500, { retention: { nowMs: 30 * DAY, thenMs: 14 * DAY } }) as ForecastUse;
    expect(scenario).toEqual({ refused: { code: "too_young", reason: expect.stringContaining("Ask over more than 30 d") as string } });
  });
});

test.each([1, 4, 8, 12, 16, 20, 23])("a disk emptied each day takes as much twice as long kept, %d hours after it was", (after) => {
  const filled = Array.from({ length: (10 * 24 + after) * 12 }, (_, i) => 10 + 3 * ((i / 12) % 24));
  const outcome = told<ScenarioOutcome>(
    (judged(filled, 100, { retention: { nowMs: DAY, thenMs: 2 * DAY } }, 5 * MINUTE) as Required<ForecastUse>).scenario,
  );
  expect(outcome.peak).toBeGreaterThan(0.95 * 154);
  expect(outcome.peak).toBeLessThan(1.05 * 154);
});

test("the size that is recommended is for growth by shares where it grows so", () => {
  const deviate = noise(62);
  const values = Array.from({ length: 28 * 24 }, (_, i) => 100 * Math.exp(0.03 * (i / 24 - 28)) * (1 + 0.005 * deviate()));
  const { recommendation } = judged(values, 200);
  // 84 days at 3% a day.
  const truth = (100 * Math.exp(0.03 * 84)) / 0.8;
  expect((recommendation.size ?? 0) / truth).toBeGreaterThan(0.8);
  expect((recommendation.size ?? 0) / truth).toBeLessThan(1.25);
});

test("what was seen for forty minutes and fills the disk in eight hours is not said to be well", () => {
  const deviate = noise(63);
  const values = Array.from({ length: 160 }, (_, i) => 50 + 0.025 * i + 0.001 * deviate());
  const disk = judged(values, 100, undefined, MINUTE / 4);
  expect(disk.recommendation).toMatchObject({
    type: "watch",
    text: expect.stringMatching(
      /^Look again in 3\.\d h: seen for 39 min.* only, and growing on as it does it would be full in 7\.\d h\.$/,
    ) as string,
  });
});

test("of what doubles every ten minutes no size is recommended", () => {
  const values = Array.from({ length: 160 }, (_, i) => 2 ** (i / 40));
  const { recommendation } = judged(values, 100, undefined, MINUTE / 4);
  expect(recommendation).toMatchObject({ type: "grow", priority: "high" });
  expect(recommendation.size).toBeUndefined();
  expect(recommendation.reasons.join("; ")).toContain("more than 10 times the limit within a day");
});

test("a CPU that is full says at least how much it needs", () => {
  const deviate = noise(64);
  const history = series(
    Array.from({ length: 240 }, () => Math.min(1, 0.99 + 0.01 * deviate())),
    MINUTE,
  );
  const found = judgeResource({
    resource: { kind: "cpu", name: "CPU on a", labels: { host_name: "a" }, query: "busy", unit: "ratio", limit: 0.9, servers: 2 },
    history,
    hosts: 1,
    random: randomSource(1),
  });
  if (found === null) throw new Error("nothing was judged");
  const { text } = describeResource(found, DEFAULT_SETTINGS, history.timestamps.at(-1) ?? 0);
  expect(text).toContain("; at least 3 CPUs, for how much work waits does not show.");
});
