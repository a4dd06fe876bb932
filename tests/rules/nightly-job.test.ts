import { expect, test } from "vitest";
import { DetectorFeed } from "../../worker/src/rules/detection/detector-feed.ts";
import { randomSource } from "../bench/anomaly-generator.ts";

const MINUTE = 60_000;
const DAY = 1440 * MINUTE;
const STEP = 30_000;
const START = Date.UTC(2026, 9, 5);

/** CPU use of 10% and what `more` says, by day and minute; how often something was told on each day. */
function toldByDay(days: number, seed: number, more: (day: number, minute: number, random: () => number) => number): Map<number, number> {
  const random = randomSource(seed);
  const deviate = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const feed = new DetectorFeed(undefined, () => ({
    labels: { __name__: "system_cpu_utilization_ratio", host_name: "a" },
    metadata: { type: "gauge", unit: "ratio", help: "" },
  }));
  const slot = feed.add("system_cpu_utilization_ratio");
  feed.judgeAs(slot, true);
  const told = new Map<number, number>();
  let wobble = 0;
  for (let t = START; t < START + days * DAY; t += STEP) {
    const day = Math.floor((t - START) / DAY);
    wobble = 0.9 * wobble + 0.003 * deviate();
    const extra = more(day, (t % DAY) / MINUTE, random);
    feed.observe(slot, t, Math.max(0, 0.1 + wobble + (extra > 0 ? extra + 0.03 * deviate() : 0)));
    for (const { revised } of feed.take()) if (revised !== true) told.set(day, (told.get(day) ?? 0) + 1);
  }
  return told;
}

test("what a job does every night is told of its first nights, and what does the same at noon is told", () => {
  let [begun, begins] = [-1, 0];
  const told = toldByDay(9, 3, (day, minute, random) => {
    // Within 20 s of the same time, 12 minutes long; on the last day a second one.
    if (begun !== day) [begun, begins] = [day, 130 + random() / 3];
    const since = minute - begins;
    return (since >= 0 && since < 12) || (day === 8 && since >= 600 && since < 612) ? 0.45 : 0;
  });
  expect([0, 1].map((day) => told.has(day))).toEqual([true, true]);
  expect([3, 4, 5, 6, 7].map((day) => told.get(day) ?? 0)).toEqual([0, 0, 0, 0, 0]);
  expect(told.get(8)).toBeGreaterThan(0);
});

test("what was so for days is no habit: when it comes back it is told", () => {
  const incident = (day: number, minute: number): boolean => (day === 4 && minute >= 480) || day === 5 || (day === 6 && minute < 1200);
  const told = toldByDay(9, 1, (day, minute) => (incident(day, minute) || (day === 8 && minute >= 840 && minute < 845) ? 0.6 : 0));
  expect(told.get(4)).toBeGreaterThan(0);
  expect(told.get(8)).toBeGreaterThan(0);
});
