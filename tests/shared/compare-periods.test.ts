import { describe, expect, test } from "vitest";
import type { Comparison } from "@sightline/shared/model/trend";
import { comparePeriods } from "@sightline/shared/trend/compare-periods";
import { randomSource } from "../bench/anomaly-generator.ts";
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

  test("errors that are rare and become frequent are worse, though most minutes have none before and after", () => {
    const random = randomSource(22);
    const minutes = (share: number) =>
      series(
        Array.from({ length: 120 }, () => Number(random() < share)),
        MINUTE,
      );
    const found = told(comparePeriods(minutes(0.04), minutes(0.4), "job_failed", words));
    expect(found).toMatchObject({ verdict: "worse", of: "mean", before: { median: 0 }, after: { median: 0 } });
    expect(found.difference).toBeGreaterThan(0.25);
    expect(found.text).toMatch(/^Mean 0\.\d+ after against 0\.0\d+ before \(.*\), worse; p < 0\.001\.$/);
    const same = Array.from({ length: 100 }, () => told(comparePeriods(minutes(0.1), minutes(0.1), "job_failed", words)).verdict);
    expect(same.filter((verdict) => verdict !== "same").length).toBeLessThanOrEqual(3);
  });

  test("from next to nothing to next to everything is no share of what it was", () => {
    const about = (level: number) =>
      series(
        Array.from({ length: 20 }, (_, i) => level * (1 + i / 100)),
        MINUTE,
      );
    const found = told(comparePeriods(about(1e-300), about(1e300), "depth", words));
    expect(found).toMatchObject({ verdict: "higher", change: null });
    expect(found.text).not.toContain("Infinity");
  });

  test("one outlier does not turn what nearly all values say into its opposite", () => {
    const random = randomSource(24);
    const minutes = (share: number, outlier: number) =>
      series(
        Array.from({ length: 200 }, (_, i) => (i === 100 && outlier > 0 ? outlier : Number(random() < share))),
        MINUTE,
      );
    const fewer = told(comparePeriods(minutes(0.6, 0), minutes(0.05, 500), "queue_length", words));
    expect(fewer).toMatchObject({ verdict: "better", of: "median", before: { median: 1 }, after: { median: 0 } });
    // Neither by its mean nor by its median can it be said.
    const seldom = told(comparePeriods(minutes(0.4, 0), minutes(0.05, 500), "queue_length", words));
    expect(seldom).toMatchObject({ verdict: "same", pValue: 1 });
    expect(seldom.superiority).toBeLessThan(0.5);
  });

  test("of what succeeds, what does not is what a difference is held against; one that is certain and too small is not called chance", () => {
    const deviate = noise(23);
    const about = (level: number) =>
      series(
        Array.from({ length: 60 }, () => level + 3e-4 * deviate()),
        MINUTE,
      );
    expect(told(comparePeriods(about(0.999), about(0.985), "checkout_success_ratio", words)).verdict).toBe("worse");
    const slower = told(comparePeriods(about(0.99), about(1), "request_duration_seconds", words));
    for (const count of [12, 20, 25, 30, 35, 40]) {
      const whole = (minutes: number) =>
        series(
          Array.from({ length: minutes }, () => 1),
          MINUTE,
        );
      const less = series(
        Array.from({ length: count }, () => 0.985 + 1e-4 * deviate()),
        MINUTE,
      );
      expect(told(comparePeriods(whole(count), less, "checkout_success_ratio", words)), String(count)).toMatchObject({
        verdict: "worse",
        before: { mean: 1 },
      });
      expect(told(comparePeriods(whole(count), whole(120), "checkout_success_ratio", words)).verdict).toBe("same");
    }
    expect(slower.verdict).toBe("same");
    expect(slower.text).toMatch(/: no difference that matters \(p < 0\.001\)\.$/);
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
