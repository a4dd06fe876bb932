/** A series that is sent at a longer interval from now on pauses once for as long, and that is no gap. */
import { expect, test } from "vitest";
import { DetectorFeed } from "../../worker/src/rules/detection/detector-feed.ts";

const START = Date.UTC(2026, 9, 5);
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const wobble = (i: number): number => 10 + ((i * 7919) % 101) / 101;

/** What is told of gaps in a series of 15 s for two hours that then has samples so long after another; of a counter of its rate. */
function gaps(type: "gauge" | "counter", ...after: readonly number[]): string[] {
  const labels = { __name__: type === "gauge" ? "queue_depth" : "orders_total" };
  const feed = new DetectorFeed(undefined, () => ({ labels, metadata: { type, unit: "", help: "" } }));
  const slot = feed.add(labels.__name__, type, labels);
  feed.judgeAs(slot, true);
  let [t, total] = [START, 0];
  const told: string[] = [];
  for (const [i, since] of [...Array.from({ length: 480 }, () => 15 * SECOND), ...after].entries()) {
    t += since;
    total += (wobble(i) * since) / SECOND;
    feed.observe(slot, t, type === "gauge" ? wobble(i) : total);
    for (const { kind, reason, t: at } of feed.take())
      if (kind === "gap") told.push(`${i - 480}, of ${(t - at) / SECOND} s ago: ${reason}`);
  }
  return told;
}

const times = (count: number, since: number): number[] => Array.from({ length: count }, () => since);

test.for(["gauge", "counter"] as const)("of a %s that goes on at another interval nothing is told", (type) => {
  expect(gaps(type, ...times(60, 5 * MINUTE))).toEqual([]);
  // It may have paused for less than that, and no sender is quite even.
  expect(gaps(type, 6 * MINUTE, ...times(60, 10 * MINUTE))).toEqual([]);
  expect(gaps(type, 5.5 * MINUTE, 5 * MINUTE, 6 * MINUTE, 5.5 * MINUTE)).toEqual([]);
});

test.for(["gauge", "counter"] as const)("a gap of a %s is told with the next step, and as of when it ended", (type) => {
  expect(gaps(type, 6 * MINUTE, ...times(60, 15 * SECOND))).toEqual(["1, of 15 s ago: no samples arrived for 6 min"]);
  expect(gaps(type, 30 * MINUTE, ...times(60, 5 * MINUTE))).toEqual(["1, of 300 s ago: no samples arrived for 30 min"]);
});

test("what comes back for one step and stays away again was away", () => {
  expect(gaps("gauge", 6 * MINUTE, 8 * MINUTE, ...times(60, 15 * SECOND))).toEqual(["2, of 495 s ago: no samples arrived for 6 min"]);
});
