import { describe, expect, test } from "vitest";
import type { Comparison } from "@sightline/shared/model/trend";
import { comparePeriods } from "@sightline/shared/trend/compare-periods";
import { MINUTE, autoregressive, noise, series, told } from "../support/made-series.ts";

describe("two periods of one series", () => {
  const words = ["before", "after"] as const;

  test("a latency that rose by a third is worse, a hit ratio that rose is better", () => {
    const deviate = noise(7);
    const slow = series(
      Array.from({ length: 60 }, () => 0.4 + 0.02 * deviate()),
      MINUTE,
    );
    const fast = series(
      Array.from({ length: 60 }, () => 0.3 + 0.02 * deviate()),
      MINUTE,
    );
    const latency: Comparison = told(comparePeriods(fast, slow, "http_server_request_duration_seconds", words));
    expect(latency).toMatchObject({ verdict: "worse" });
    expect(latency.change).toBeCloseTo(1 / 3, 1);
    expect(latency.superiority).toBeGreaterThan(0.99);
    expect(latency.text).toMatch(/worse; p < 0.001/);
    expect(told(comparePeriods(fast, slow, "cache_hit_ratio", words)).verdict).toBe("better");
    expect(told(comparePeriods(fast, slow, "orders", words)).verdict).toBe("higher");
  });

  test("of a series whose neighbours correlate differ by chance in at most 5 of 100", () => {
    const deviate = noise(8);
    let found = 0;
    for (let k = 0; k < 200; k++) {
      const [before, after] = [autoregressive(80, 0.8, deviate), autoregressive(80, 0.8, deviate)];
      if (told(comparePeriods(series(before, MINUTE), series(after, MINUTE), "x", words)).pValue < 0.05) found++;
    }
    expect(found).toBeLessThanOrEqual(18);
  });

  test("too little of one of them is refused by its name", () => {
    const some = series([1, 2, 3, 4, 5, 6], MINUTE);
    expect(comparePeriods(series([1], MINUTE), some, "x", words)).toMatchObject({
      refused: { reason: expect.stringMatching(/^Of before: There is 1 sample/) as string },
    });
  });
});
