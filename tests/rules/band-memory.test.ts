import { expect, test } from "vitest";
import { BandMemory } from "../../worker/src/rules/detection/band-memory.ts";

test("the step of a series is its usual one, whatever silence lies before the newest", () => {
  const memory = new BandMemory();
  const push = (t: number): void => memory.push({ t, expected: 0, lower: 0, upper: 0, score: 0 });
  expect(memory.stepMs).toBe(0);
  push(0);
  expect(memory.stepMs).toBe(0);
  for (let i = 1; i < 400; i++) push(i * 60_000);
  expect(memory.stepMs).toBe(60_000);
  push(400 * 60_000 + 7_200_000);
  expect(memory.stepMs).toBe(60_000);
});
