/** Samples that came seldom and come often now. */
import { forecast } from "@sightline/shared/forecast/forecast";
import { expect, test } from "vitest";
import { randomSource } from "../bench/anomaly-generator.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const NOW = 1_700_000_000_000;

/** Hourly for so many hours, then each minute for two days, about a line of 2 an hour. */
function importedBefore(hours: number): { readonly timestamps: number[]; readonly values: number[] } {
  const random = randomSource(5);
  const minutes = 48 * 60;
  const timestamps = [
    ...Array.from({ length: hours }, (_, i) => NOW - minutes * MINUTE - (hours - i) * HOUR),
    ...Array.from({ length: minutes }, (_, i) => NOW - (minutes - 1 - i) * MINUTE),
  ];
  return { timestamps, values: timestamps.map((t) => 1000 + (2 * (t - NOW)) / HOUR + random() - 0.5) };
}

test.each([
  [18 * 24, 2],
  [5 * 24, 2],
  [14 * 24, 6],
])("of %d hourly samples before two days of minutes, %d h are forecast as they are from these alone", (hours, ahead) => {
  const answer = forecast({ ...importedBefore(hours), horizonMs: ahead * HOUR });
  if ("refused" in answer) throw new Error(answer.refused.reason);
  const last = answer.points.at(-1)!;
  expect(last.mean).toBeCloseTo(1000 + 2 * ahead, -0.5);
  expect(last.hi95 - last.lo95).toBeLessThan(20);
});

test("an hour of minutes after days by the hour is no history of its own", () => {
  const { timestamps, values } = importedBefore(40);
  const kept = timestamps.flatMap((t, i) => (i < 40 || t > NOW - HOUR ? [i] : []));
  const joined = kept.map((i) => (i < 40 ? timestamps[i]! + 47 * HOUR : timestamps[i]!));
  const answer = forecast({ timestamps: joined, values: kept.map((i) => values[i]!), horizonMs: 2 * HOUR });
  expect(answer).toMatchObject({ refused: { code: "too_gappy" } });
});
