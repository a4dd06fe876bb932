import { expect, test } from "vitest";
import { DetectorFeed } from "../../worker/src/rules/detection/detector-feed.ts";
import { randomSource } from "../bench/anomaly-generator.ts";

const MINUTE = 60_000;
const DAY = 1440 * MINUTE;
const STEP = 30_000;
const START = Date.UTC(2026, 9, 5);

test("what a job does every night is told of its first nights, and what does the same at noon is told", () => {
  const random = randomSource(3);
  const deviate = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const feed = new DetectorFeed(undefined, () => ({
    labels: { __name__: "system_cpu_utilization_ratio", host_name: "a" },
    metadata: { type: "gauge", unit: "ratio", help: "" },
  }));
  const slot = feed.add("system_cpu_utilization_ratio");
  feed.judgeAs(slot, true);
  const told = new Map<number, number>();
  let wobble = 0;
  for (let day = 0; day < 9; day++) {
    // Within 20 s of the same time, 12 minutes long; on the last day a second one.
    const begins = 130 * MINUTE + 20_000 * random();
    for (let t = START + day * DAY; t < START + (day + 1) * DAY; t += STEP) {
      const since = (t % DAY) - begins;
      const runs = (since >= 0 && since < 12 * MINUTE) || (day === 8 && since >= 600 * MINUTE && since < 612 * MINUTE);
      wobble = 0.9 * wobble + 0.003 * deviate();
      feed.observe(slot, t, Math.max(0, 0.04 + wobble + (runs ? 0.45 + 0.03 * deviate() : 0)));
      for (const { revised } of feed.take()) if (revised !== true) told.set(day, (told.get(day) ?? 0) + 1);
    }
  }
  expect([0, 1].map((day) => told.has(day))).toEqual([true, true]);
  expect([3, 4, 5, 6, 7].map((day) => told.get(day) ?? 0)).toEqual([0, 0, 0, 0, 0]);
  expect(told.get(8)).toBeGreaterThan(0);
});
