import { describe, expect, test } from "vitest";
import type { Judgement } from "@sightline/shared/model/anomaly";
import { beforeItFollowed } from "../../worker/src/rules/detection/before-it-followed.ts";

const STEP = 10_000;
const at = (step: number, expected: number) => ({ t: step * STEP, expected, lower: expected - 3, upper: expected + 3, score: 0 });
/** Twenty steps of about 12, then the baseline runs after a jump to 70. */
const SAID = [...Array.from({ length: 20 }, (_, i) => at(i, 12 + (i % 2))), at(20, 30), at(21, 50)];

const judged = (expected: number, value: number, kind: Judgement["kind"] = "level_shift"): Judgement => ({
  ...at(21, expected),
  value,
  kind,
  score: 0.6,
  reason: "as it was",
});

describe("a shift that is told late", () => {
  test("is one from where the series was, not from where the baseline has followed it to", () => {
    const told = beforeItFollowed(judged(50, 70), SAID);
    expect(told).toMatchObject({ expected: 13, lower: 10, upper: 16, value: 70, kind: "level_shift", score: 0.6 });
    expect(told.reason).toBe("the level moved to about 70 from the usual 10–16");
  });

  test("is left as it is where the baseline has not moved", () => {
    expect(beforeItFollowed(judged(14, 70), SAID)).toEqual(judged(14, 70));
  });

  test("is left as it is where the hour expects another level and the value is short of it", () => {
    expect(beforeItFollowed(judged(90, 70), SAID)).toEqual(judged(90, 70));
  });

  test("of another kind, and of a series that nothing is remembered of, is left as it is", () => {
    expect(beforeItFollowed(judged(50, 70, "spike"), SAID)).toEqual(judged(50, 70, "spike"));
    expect(beforeItFollowed(judged(50, 70), null)).toEqual(judged(50, 70));
    expect(beforeItFollowed(judged(50, 70), SAID.slice(-3))).toEqual(judged(50, 70));
  });
});
