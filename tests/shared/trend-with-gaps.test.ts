import { expect, test } from "vitest";
import { trend } from "@sightline/shared/trend/trend";

const HOUR = 3_600_000;
const BEGIN = Date.UTC(2026, 9, 3, 5, 17);

const random = (seed: number) => () => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647;

/** One unit an hour, sampled every `step` seconds for ten days but for the first `off` hours of each day. */
function growsWithGaps(step: number, off: number, noise: () => number): { timestamps: number[]; values: number[] } {
  const timestamps = Array.from({ length: (10 * 86_400) / step }, (_, i) => BEGIN + i * step * 1000).filter(
    (at) => (at / HOUR) % 24 >= off,
  );
  return { timestamps, values: timestamps.map((at) => 100 + (at - BEGIN) / HOUR + noise()) };
}

test.each([
  [15, 1.2],
  [60, 4.8],
  [300, 9.6],
  [420, 4.8],
])("a line sampled every %d s but for %d hours a night has no season and no change", (step, off) => {
  const found = trend(growsWithGaps(step, off, () => 0));
  expect(found).toMatchObject({ direction: "rising", seasons: [], changePoints: [] });
});

test("nights that were not sampled are no changes of what scatters", () => {
  const changes = Array.from({ length: 24 }, (_, seed) => {
    const uniform = random(seed + 1);
    const found = trend(growsWithGaps(seed % 2 === 0 ? 60 : 300, 9.6, () => 20 * (uniform() - 0.5)));
    return "refused" in found ? Number.NaN : found.changePoints.length;
  });
  expect(changes.filter((count) => count > 0).length).toBeLessThanOrEqual(1);
});
