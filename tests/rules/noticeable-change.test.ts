import { describe, expect, it } from "vitest";
import type { Judgement } from "@sightline/shared/model/anomaly";
import type { MetricType } from "@sightline/shared/model/metric";
import { isNoticeable } from "../../worker/src/rules/detection/noticeable-change.ts";

const judged = (value: number, expected: number): Judgement => ({
  t: 0,
  value,
  expected,
  lower: expected,
  upper: expected,
  score: 1,
  kind: "spike",
  reason: "",
});
const cpu = { __name__: "m" };
const metric = (type: MetricType, unit: string) => ({ type, unit, help: "" });

describe("a change worth telling", () => {
  it("is not a share that goes from nothing to one percent", () => {
    expect(isNoticeable(judged(0.01, 0.000028), cpu, metric("gauge", "ratio"))).toBe(false);
    expect(isNoticeable(judged(0.4, 0.1), cpu, metric("gauge", "ratio"))).toBe(true);
  });

  it("is measured by the rate where the metric is a counter", () => {
    expect(isNoticeable(judged(30_000, 10), cpu, metric("counter", "bytes"))).toBe(false);
    expect(isNoticeable(judged(3_000_000, 10), cpu, metric("counter", "bytes"))).toBe(true);
  });

  it("is not what the agent says of itself", () => {
    expect(isNoticeable(judged(9, 1), { __name__: "sightline_agent_sent_frames_total" }, metric("counter", ""))).toBe(false);
  });

  it("is any change the detector found where the unit says nothing about size", () => {
    expect(isNoticeable(judged(3, 2), cpu, metric("gauge", ""))).toBe(true);
  });
});
