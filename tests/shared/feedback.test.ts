import { cautions } from "@sightline/shared/anomaly/feedback";
import type { AnomalyAnswer, AnomalyVerdict } from "@sightline/shared/model/anomaly";
import { describe, expect, test } from "vitest";

const series = (instance: string) => ({ __name__: "requests", instance });

/** What one person says at once of so many instances. */
const said = (count: number, at: number, verdict: AnomalyVerdict = "false_alarm"): AnomalyAnswer[] =>
  Array.from({ length: count }, (_, n) => ({ id: `${at}-${n}`, labels: series(`i${n}`), t: 0, verdict, at, by: "ann" }));

describe("what is said of an event of many series at once", () => {
  test.each([1, 12, 100])("is one answer for each of %d series, and one for all others of the metric", (count) => {
    const caution = cautions(said(count, 1000));
    expect(caution(series("i0"))).toBeCloseTo(0.25, 3);
    expect(caution(series("other"))).toBeCloseTo(1.25 ** 0.3 - 1, 3);
    expect(cautions(said(count, 1000, "real"))(series("other"))).toBeCloseTo(0.9 ** 0.3 - 1, 3);
  });

  test("again another time counts again", () => {
    const caution = cautions([...said(12, 1000), ...said(12, 2000)]);
    expect(caution(series("i0"))).toBeCloseTo(1.25 ** 2 - 1, 3);
    expect(caution(series("other"))).toBeCloseTo(1.25 ** 0.6 - 1, 3);
  });
});

const inTurn = (verdicts: readonly AnomalyVerdict[]): AnomalyAnswer[] => verdicts.flatMap((verdict, n) => said(1, n + 1, verdict));
const times = (count: number, verdict: AnomalyVerdict): AnomalyVerdict[] => Array.from({ length: count }, () => verdict);

test("what is answered beyond the bounds does not have to be answered away", () => {
  const tired = inTurn([...times(10, "false_alarm"), "real"]);
  expect(cautions(inTurn(times(10, "false_alarm")))(series("i0"))).toBe(2);
  expect(cautions(tired)(series("i0"))).toBeCloseTo(3 * 0.9 - 1, 3);
  // In whichever order they are kept.
  expect(cautions(tired.toReversed())(series("i0"))).toBeCloseTo(3 * 0.9 - 1, 3);
  expect(cautions(inTurn([...times(10, "real"), "false_alarm"]))(series("i0"))).toBeCloseTo(0.7 * 1.25 - 1, 3);
  const others = inTurn([...times(40, "false_alarm"), "real"]);
  expect(cautions(others)(series("other"))).toBeCloseTo(3 * 0.9 ** 0.3 - 1, 3);
  expect(cautions(tired.slice(0, -1))(series("i0"))).toBe(2);
});
