import { describe, expect, it } from "vitest";
import type { NativeHistogram } from "@sightline/shared/model/histogram";
import { exponentialBound } from "@sightline/shared/promql/histogram/exponential-bounds";
import { histogramFraction, histogramQuantile, histogramVariance, holdsNaN } from "@sightline/shared/promql/histogram/statistics";
import { commonLayout } from "@sightline/shared/promql/histogram/layout";
import { formatHistogram } from "@sightline/shared/promql/json/histogram-text";
import { histogramJson } from "@sightline/shared/promql/prometheus-json";

const exponential = (more: Partial<NativeHistogram>): NativeHistogram => ({
  schema: 0,
  count: 9,
  sum: 9,
  zeroThreshold: 0,
  zeroCount: 0,
  positiveSpans: [{ offset: 0, length: 3 }],
  positiveBuckets: [1, 2, 4],
  negativeSpans: [],
  negativeBuckets: [],
  counterResetHint: "unknown",
  ...more,
});

/** Its first bucket is (0.5, 1], the zero bucket [-0.7, 0.7]. */
const overlapping = exponential({ zeroThreshold: 0.7, zeroCount: 2 });

describe("bounds of native histograms", () => {
  it("are those of Prometheus's table, to the last digit", () => {
    expect([1, 2, 3].map((index) => exponentialBound(2, index - 4))).toEqual([0.5946035575013605, 0.7071067811865475, 0.8408964152537144]);
    expect(exponentialBound(3, -1)).toBe(0.9170040432046711);
    expect(exponentialBound(7, 3)).toBe(2 * 0.5081891574554764);
    expect(exponentialBound(8, 255 - 256)).toBe(0.9972960560854698);
    expect([-2, -1, 0, 1].map((index) => exponentialBound(-1, index))).toEqual([1 / 16, 1 / 4, 1, 4]);
    expect([exponentialBound(0, 1023), exponentialBound(0, 1024), exponentialBound(0, 1025)]).toEqual([
      2 ** 1023,
      Number.MAX_VALUE,
      Infinity,
    ]);
    expect([exponentialBound(-4, 64), exponentialBound(0, -1074), exponentialBound(0, -1080)]).toEqual([Number.MAX_VALUE, 2 ** -1074, 0]);
  });

  it("of a bucket that reaches into the zero bucket begin at its end", () => {
    expect(histogramQuantile(0.25, overlapping)).toBeCloseTo(0.7 ** 0.75, 12);
    expect(histogramFraction(0, 0.6, overlapping)).toBeCloseTo((2 * 0.6) / 0.7 / 9, 12);
    expect(histogramJson(overlapping)).toContain('[3,"-0.7","0.7","2"],[0,"0.7","1","1"]');
    const below = exponential({
      zeroThreshold: 0.7,
      zeroCount: 2,
      positiveSpans: [],
      positiveBuckets: [],
      negativeSpans: [{ offset: 0, length: 3 }],
      negativeBuckets: [1, 2, 4],
    });
    expect(histogramJson(below)).toContain('[1,"-1","-0.7","1"],[3,"-0.7","0.7","2"]');
    // What a label says has the schema's bounds, as there.
    expect(formatHistogram(overlapping)).toContain("[-0.7,0.7]:2, (0.5,1]:1");
  });

  it("of the zero bucket of a sum lie in no bucket that holds anything, of either", () => {
    const narrow = exponential({
      schema: 3,
      zeroThreshold: 0.001,
      zeroCount: 1,
      positiveSpans: [{ offset: -4, length: 1 }],
      positiveBuckets: [2],
    });
    for (const pair of [
      [overlapping, narrow],
      [narrow, overlapping],
    ])
      expect(commonLayout(pair)?.zeroThreshold).toBe(1);
  });

  it("that are open make a variance infinite", () => {
    const custom = exponential({ schema: -53, customValues: [5, 10], count: 7 });
    expect(histogramVariance(custom)).toBe(Infinity);
    expect(
      histogramVariance({ ...custom, count: 2, positiveSpans: [{ offset: 1, length: 1 }], positiveBuckets: [2], sum: 14 }),
    ).toBeCloseTo(0.25, 12);
  });
});

describe("what buckets hold and what a native histogram counts", () => {
  it("differ after a merge of unequal parts: the count is believed, and what no bucket holds lies at the end of the last", () => {
    const more = exponential({ count: 4 });
    // Two of the upmost bucket's four are believed, and the rank is 0.2 below the uppermost.
    expect(histogramQuantile(0.9, exponential({ count: 2 }))).toBeCloseTo(2 ** (1 + 1.8 / 4), 12);
    expect(histogramFraction(-Infinity, 4, more)).toBe(1);
    const fewer = exponential({ count: 20 });
    expect(histogramQuantile(0.4, fewer)).toBe(4);
    expect([histogramFraction(1, 4, fewer), histogramFraction(4, Infinity, fewer)]).toEqual([0.95, 0]);
    expect(histogramFraction(2, Infinity, fewer)).toBeCloseTo(17 / 20, 12);
  });

  it("at zero itself is above zero, not below", () => {
    const zeros = exponential({ zeroCount: 3, count: 10 });
    expect([histogramFraction(-1, 0, zeros), histogramFraction(0, 0.5, zeros), histogramFraction(0, Infinity, zeros)]).toEqual([0, 0.3, 1]);
    const around = exponential({
      zeroCount: 3,
      count: 12,
      negativeSpans: [{ offset: 0, length: 1 }],
      negativeBuckets: [2],
    });
    expect(histogramFraction(-Infinity, 0, around)).toBeCloseTo(2 / 12, 12);
    expect(histogramFraction(0, 1, around)).toBeCloseTo(4 / 12, 12);
  });

  it("differ by the NaNs observed", () => {
    expect([holdsNaN(exponential({ sum: NaN })), holdsNaN(exponential({ sum: NaN, count: 7 })), holdsNaN(exponential({}))]).toEqual([
      true,
      false,
      false,
    ]);
  });
});
