import { step } from "@sightline/shared/anomaly/base-detector";
import { createSlab } from "@sightline/shared/anomaly/layout";
import { rehearse } from "@sightline/shared/anomaly/rehearsal";
import { expect, test } from "vitest";

function scores(): number[] {
  const slab = createSlab();
  return Array.from({ length: 400 }, (_, i) => {
    if (i === 200) rehearse();
    return step(slab, 3, 1_704_100_000_000 + i * 15_000, 15_000, i === 300 ? 50 : Math.sin(i) + (i % 7));
  });
}

test("a rehearsal in the midst of a series changes none of its scores, and the outlier is told", () => {
  const interrupted = scores();
  expect(scores()).toEqual(interrupted);
  expect(Math.max(...interrupted)).toBe(interrupted[300]);
});
