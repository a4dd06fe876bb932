/** How long an event is followed that may turn out to be another. */
import type { Judgement } from "@sightline/shared/model/anomaly";
import { expect, test } from "vitest";
import { Aftermaths } from "../../worker/src/rules/detection/aftermaths.ts";

const HOUR = 3_600_000;
const judged: Judgement = { t: 0, value: 150, expected: 100, lower: 90, upper: 110, score: 0.9, kind: "level_shift", reason: "" };

test.for([5, 15, 60, 300])("in steps of %d s what the rich tier names anew within eight hours, or 360 steps, is told", (seconds) => {
  const step = seconds * 1000;
  const renamedAt = (at: number): string | undefined => {
    let i = 0;
    const after = new Aftermaths({
      revised: () => i === at,
      judgement: () => ({ ...judged, kind: "seasonal_break" }),
      measureOf: () => String,
    });
    after.begin(0, judged, true);
    for (i = 1; i < 6000; i++) {
      const better = after.follow(0, i * step, 150);
      if (better !== null) return better.kind;
    }
    expect(after.has(0)).toBe(false);
    return undefined;
  };
  const last = Math.max(360, (8 * HOUR) / step);
  expect(renamedAt(last - 1)).toBe("seasonal_break");
  expect(renamedAt(last + 2)).toBe(undefined);
});
