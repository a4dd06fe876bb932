/** What an event turns out to be does not depend on whether the server starts again meanwhile. */
import { ByteReader } from "@sightline/shared/encoding/byte-reader";
import { ByteWriter } from "@sightline/shared/encoding/byte-writer";
import { expect, test } from "vitest";
import { DetectorFeed } from "../../worker/src/rules/detection/detector-feed.ts";
import { randomSource } from "../bench/anomaly-generator.ts";

const START = Date.UTC(2026, 9, 5);
const STEP = 15_000;
const BEFORE = 1500;
const AFTER = 40;
const NEVER = Infinity;
const labels = { __name__: "queue_depth" };

function fed(rich: boolean): DetectorFeed {
  const feed = new DetectorFeed(undefined, () => ({ labels, metadata: { type: "gauge", unit: "", help: "" } }));
  feed.judgeAs(feed.add(labels.__name__, "gauge", labels), rich);
  return feed;
}

/** What is told of a series that is another from a step on; `restartAt`: so many steps after that the server starts again. */
function told(rich: boolean, restartAt: number, stepMs: (i: number) => number, valueAt: (i: number, noise: number) => number): string[] {
  const random = randomSource(7);
  let feed = fed(rich);
  let t = START;
  const found: string[] = [];
  for (let i = -BEFORE; i < AFTER; i++) {
    if (i === restartAt) {
      const writer = new ByteWriter(65_536);
      feed.save(0, writer);
      const reader = new ByteReader(writer.view());
      feed = fed(rich);
      expect(feed.load(0, reader)).toBe(true);
      expect(reader.remaining).toBe(0);
    }
    feed.observe(0, (t += stepMs(i)), valueAt(i, random()));
    for (const { kind, reason, t: at, revised = false } of feed.take()) found.push(`${(at - START) / 1000} ${kind} ${revised}: ${reason}`);
  }
  return found;
}

test.for([true, false])("a level that moved is told as one, rich tier: %s", (rich) => {
  const asEver = (restartAt: number) =>
    told(
      rich,
      restartAt,
      () => STEP,
      (i, noise) => 100 + 4 * noise + (i >= 0 ? 50 : 0),
    );
  const whole = asEver(NEVER);
  expect(whole.some((line) => line.includes("level_shift true"))).toBe(true);
  for (const restartAt of [1, 2, 4, 5]) expect(asEver(restartAt), `${restartAt}`).toEqual(whole);
});

test("a gap is told after it, too", () => {
  const withGap = (restartAt: number) =>
    told(
      true,
      restartAt,
      (i) => (i === 0 ? 24 * STEP : STEP),
      (_, noise) => 100 + 4 * noise,
    );
  expect(withGap(NEVER)).toHaveLength(1);
  expect(withGap(1)).toEqual(withGap(NEVER));
});
