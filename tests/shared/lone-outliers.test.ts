import { describe, expect, test } from "vitest";
import { withoutLoneOutliers } from "@sightline/shared/forecast/lone-outliers";

const calm = (i: number): number => 5 + Math.sin(i * i);
const series = (value: (i: number) => number, n = 200) => ({
  timestamps: Array.from({ length: n }, (_, i) => i * 60_000),
  values: Array.from({ length: n }, (_, i) => value(i)),
});

describe("a value that has no like in the series", () => {
  test("is left out, however large, also where a mean has spread it over two steps", () => {
    for (const slip of [1e300, -1e6, 50]) {
      const given = series((i) => (i === 120 || (i === 121 && slip === 50) ? slip : calm(i)));
      const { timestamps, values } = withoutLoneOutliers(given);
      expect(Math.max(...Array.from(values, Math.abs))).toBeLessThan(7);
      expect(timestamps).toHaveLength(slip === 50 ? 198 : 199);
      expect(Array.from(timestamps)).not.toContain(120 * 60_000);
    }
  });

  test("is not the peak of a job that runs again, twice a week or every half hour", () => {
    for (const every of [99, 30]) {
      const jobs = series((i) => (i % every === 0 ? 1000 + calm(i) : calm(i)));
      expect(withoutLoneOutliers(jobs)).toBe(jobs);
    }
  });

  test("is not a level that has moved, a burst of minutes, or the newest value", () => {
    for (const moved of [
      series((i) => calm(i) + (i > 150 ? 1000 : 0)),
      series((i) => (i > 100 && i < 105 ? 1000 : calm(i))),
      series((i) => (i === 199 ? 1000 : calm(i))),
    ])
      expect(withoutLoneOutliers(moved)).toBe(moved);
  });

  test("is not one event among zeros: nothing says what is usual there", () => {
    const rare = series((i) => (i === 50 ? 3 : 0));
    expect(withoutLoneOutliers(rare)).toBe(rare);
  });
});
