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
    expect(recommendation.reasons.join("; ")).toContain("which is known when it has been seen for two days");
  });

  test("of what adds up a slope is a slope on the first morning, too", () => {
    const filling = Array.from({ length: (8 * HOUR) / EVERY }, (_, i) => 30 + 0.4 * i + 0.1 * deviate());
    expect(judged("disk", filling, 130).resource.recommendation).toMatchObject({ type: "grow", priority: "high" });
  });
});
