import { DEFAULT_SETTINGS } from "@sightline/shared/capacity/default-prices";
import { describeResource } from "@sightline/shared/capacity/describe-resource";
import { judgeResource } from "@sightline/shared/capacity/judge-resource";
import { withoutSlips } from "@sightline/shared/capacity/without-slips";
import type { CapacityResource } from "@sightline/shared/model/capacity";
import { describe, expect, test } from "vitest";
import { randomSource } from "../bench/anomaly-generator.ts";
import { HOUR, noise, series } from "../support/made-series.ts";

const HOURS = 28 * 24;
const SLIP = 224;

/** From 50 to 90 of 100 in four weeks. */
function filling(): number[] {
  const deviate = noise(3);
  return Array.from({ length: HOURS }, (_, hour) => 50 + (40 * hour) / HOURS + 0.01 * deviate());
}

const withSlip = (slip: number, values = filling()): number[] => values.map((value, hour) => (hour === SLIP ? slip : value));

function judged(values: readonly number[], peaks = values): CapacityResource {
  const history = series(values, HOUR);
  const found = judgeResource({
    resource: { kind: "disk", name: "disk", labels: { host_name: "a" }, query: "used", unit: "bytes", limit: 100 },
    history,
    peaks: series(peaks, HOUR),
    hosts: 1,
    random: randomSource(1),
  });
  if (found === null) throw new Error("nothing was judged");
  return describeResource(found, DEFAULT_SETTINGS, history.timestamps.at(-1) ?? 0);
}

describe("one sample that slipped", () => {
  test.each([0, -1e6, 1e300, Infinity, Number.NaN])("to %d changes nothing of when a disk is full, nor what it costs", (slip) => {
    const [known, slipped] = [judged(filling()), judged(withSlip(slip))];
    if ("refused" in known || "refused" in slipped) throw new Error("refused");
    expect(slipped.recommendation).toMatchObject({ type: "grow", priority: known.recommendation.priority });
    expect(slipped.peak).toBe(known.peak);
    expect(slipped.growthPerDay.value).toBeCloseTo(known.growthPerDay.value, 1);
    expect(slipped.growthPerDay.lower).toBeGreaterThan(1.3);
    expect(slipped.growthPerDay.upper).toBeLessThan(1.6);
    expect(JSON.stringify(slipped)).not.toMatch(/null|Infinity|∞/);
  });

  test.each<[string, (hour: number) => number]>([
    ["stands still", () => 50],
    ["grows by whole numbers", (hour) => Math.floor(50 + hour / 20)],
    ["grows in steps", (hour) => 20 + 6 * Math.floor(hour / 96)],
  ])("of what %s changes nothing either", (_, valueAt) => {
    const values = Array.from({ length: HOURS }, (__, hour) => valueAt(hour));
    for (const slip of [0, 1e300]) {
      const [known, slipped] = [judged(values), judged(withSlip(slip, values))];
      if ("refused" in known || "refused" in slipped) throw new Error("refused");
      expect(slipped.recommendation).toMatchObject({ type: known.recommendation.type, priority: known.recommendation.priority });
      expect(slipped.peak).toBe(known.peak);
      expect(slipped.growthPerDay.value).toBeCloseTo(known.growthPerDay.value, 1);
    }
  });

  test("among the highest of each step is no peak either, where it is beyond what there can be", () => {
    expect(judged(filling(), withSlip(Infinity)).peak).toBeLessThan(91);
    expect(judged(filling(), withSlip(1e300)).peak).toBeLessThan(91);
    expect(judged(filling(), withSlip(99)).peak).toBe(99);
  });
});

describe("what is no slip", () => {
  test("is a level that moved, what recurs, a burst of hours, and the newest value", () => {
    const values = filling();
    for (const kept of [
      values.map((value, i) => (i > SLIP ? value - 40 : value)),
      values.map((value, i) => (i % 168 === 5 ? value + 9 : value)),
      values.map((value, i) => (i >= SLIP && i < SLIP + 3 ? value + 9 : value)),
      values.map((value, i) => (i === HOURS - 1 ? 0 : value)),
    ]) {
      const given = series(kept, HOUR);
      expect(withoutSlips(given)).toBe(given);
    }
  });
});
