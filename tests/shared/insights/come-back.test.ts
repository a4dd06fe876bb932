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
