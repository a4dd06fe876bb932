import { hasComeBack } from "@sightline/shared/insights/come-back";
import type { Judgement } from "@sightline/shared/model/anomaly";
import { expect, test } from "vitest";
import { randomSource } from "../../bench/anomaly-generator.ts";

const SCATTER: Judgement = { t: 0, value: 9, expected: 0, lower: 0, upper: 1, score: 0.9, kind: "variance_change", reason: "" };
const random = randomSource(2);
const sixty = (value: () => number): readonly number[] => Array.from({ length: 60 }, value);
const noisy = (): number => 10 * random();

test.each<[string, () => number]>([
  ["stands still", () => 0],
  ["mostly stands still", () => (random() < 0.2 ? 1 : 0)],
  ["scatters less", random],
])("a change of scatter of what usually %s is over when it does again, and not before", (_, usual) => {
  const around = { dayBefore: [], before: sixty(usual), begun: sixty(noisy) };
  expect(hasComeBack(SCATTER, { ...around, now: sixty(usual) })).toBe(true);
  expect(hasComeBack(SCATTER, { ...around, now: sixty(noisy) })).toBe(false);
  const still = { dayBefore: [], before: sixty(noisy), begun: sixty(usual) };
  expect(hasComeBack(SCATTER, { ...still, now: sixty(noisy) })).toBe(true);
  expect(hasComeBack(SCATTER, { ...still, now: sixty(usual) })).toBe(false);
});

const minutes = (from: number, to: number, value: (minute: number) => number): readonly number[] =>
  Array.from({ length: to - from }, (_, i) => value(from + i) + 4 * random());

test("what left the top of an hour upon a nightly job is over when the series is where it is at this time, on the day before, too", () => {
  // 1340; 2900 more from :05 to :09 of each hour, 4500 more from 3:30 to 4:24.
  const value = (minute: number): number =>
    1340 + (minute % 60 >= 5 && minute % 60 < 9 ? 2900 : 0) + (minute >= 210 && minute < 264 ? 4500 : 0);
  const fell: Judgement = { ...SCATTER, value: 5840, expected: 8740, kind: "level_shift" };
  // Told at 4:09; looked at at 4:20, and at 6:00.
  const before = minutes(237, 249, value);
  expect(hasComeBack(fell, { now: minutes(348, 360, value), dayBefore: minutes(348, 360, value), before, begun: [] })).toBe(true);
  expect(hasComeBack(fell, { now: minutes(348, 360, () => 200), dayBefore: minutes(348, 360, () => 4240), before, begun: [] })).toBe(false);
});

test("a level that fell for good is not back because the day before spiked at that time", () => {
  const fell: Judgement = { ...SCATTER, value: 40, expected: 100, kind: "level_shift" };
  const usual = minutes(0, 12, () => 100);
  const around = { dayBefore: usual, before: [...usual.slice(0, 9), 300, 300, 300], begun: [] };
  expect(hasComeBack(fell, { ...around, now: minutes(0, 12, () => 40) })).toBe(false);
  expect(hasComeBack(fell, { ...around, now: usual })).toBe(true);
});
