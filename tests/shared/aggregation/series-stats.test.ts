import { seriesStats } from "@sightline/shared/aggregation/series-stats";
import { expect, test } from "vitest";

const statsOf = (values: readonly number[]) =>
  seriesStats(
    { __name__: "a" },
    { labels: {}, timestamps: Float64Array.from(values.keys()), values: Float64Array.from(values) },
    false,
    1000,
  );

test.each([1, 1e300, 1e-300, 8e307, -1e300, 1e150, 5e-160])("mean and deviation of values of %d are in proportion to them", (size) => {
  const { mean, stddev } = statsOf([1, 2, 1.5, 2, 1].map((value) => value * size));
  expect(mean / size).toBeCloseTo(1.5, 10);
  expect(stddev / Math.abs(size)).toBeCloseTo(Math.sqrt(0.2), 10);
});

test("what does not vary deviates by nothing, and what is no number has no deviation", () => {
  expect(statsOf([3e-300, 3e-300])).toMatchObject({ mean: 3e-300, stddev: 0 });
  expect(statsOf([0, 0])).toMatchObject({ mean: 0, stddev: 0 });
  expect(statsOf([])).toMatchObject({ mean: Number.NaN, stddev: Number.NaN });
  expect(statsOf([1, Infinity]).mean).toBe(Infinity);
  expect(statsOf([1, 1 + 1e-12]).stddev).toBeCloseTo(5e-13, 15);
});
