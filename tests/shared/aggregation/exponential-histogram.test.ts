import { bucketIndex, bucketLowerBound, bucketUpperBound } from "@sightline/shared/aggregation/exponential-bucket";
import { ExponentialHistogram, MAX_BUCKETS } from "@sightline/shared/aggregation/exponential-histogram";
import { addHistograms, subtractHistograms, withinBuckets } from "@sightline/shared/aggregation/histogram-sum";
import { fromSpans } from "@sightline/shared/aggregation/bucket-range";
import type { NativeHistogram } from "@sightline/shared/model/histogram";
import { array, assert, double, integer, property } from "fast-check";
import { expect, test } from "vitest";

const buckets = (histogram: NativeHistogram): (readonly [number, number])[] => [
  ...fromSpans(histogram.positiveSpans, histogram.positiveBuckets),
];
const positiveDouble = double({ min: Number.MIN_VALUE, max: Number.MAX_VALUE, noNaN: true });

test("a bucket holds its upper bound and not its lower one, at every schema", () => {
  for (let schema = -4; schema <= 8; schema++)
    for (const value of [1, 2, 0.5, 1024, 2 ** -1000]) {
      const index = bucketIndex(value, schema);
      expect(bucketUpperBound(index, schema)).toBeGreaterThanOrEqual(value);
      expect(bucketLowerBound(index, schema)).toBeLessThan(value);
    }
  expect(bucketIndex(1, 0)).toBe(0);
  expect(bucketIndex(1.0000001, 0)).toBe(1);
  expect(bucketIndex(2, 3)).toBe(8);
});

test("every positive number lies inside the bucket it is counted in", () => {
  assert(
    property(positiveDouble, integer({ min: -4, max: 8 }), (value, schema) => {
      const index = bucketIndex(value, schema);
      expect(value).toBeLessThanOrEqual(bucketUpperBound(index, schema));
      if (value > 2 ** -1000) expect(value).toBeGreaterThan(bucketLowerBound(index, schema));
    }),
  );
});

test("no observation is lost, whatever the spread of values, and no sign needs more than 160 buckets", () => {
  assert(
    property(array(double({ noNaN: true, noDefaultInfinity: true }), { maxLength: 300 }), (values) => {
      const histogram = new ExponentialHistogram();
      for (const value of values) histogram.record(value);
      const native = histogram.toNative();
      const counted =
        native.zeroCount + native.positiveBuckets.reduce((a, b) => a + b, 0) + native.negativeBuckets.reduce((a, b) => a + b, 0);
      expect(counted).toBe(values.length);
      expect(native.count).toBe(values.length);
      expect(native.positiveBuckets.length).toBeLessThanOrEqual(MAX_BUCKETS);
    }),
  );
});

test("values close together keep the finest resolution; values far apart lose some", () => {
  const near = new ExponentialHistogram();
  for (let i = 1; i <= 1000; i++) near.record(0.1 + i / 1000);
  expect(near.schema).toBe(3);
  const far = new ExponentialHistogram();
  far.record(1e-30);
  far.record(1e30);
  expect(far.schema).toBe(-1);
});

test("what is not finite is refused and not counted", () => {
  const histogram = new ExponentialHistogram();
  expect(histogram.record(Number.NaN)).toBe(false);
  expect(histogram.record(Number.POSITIVE_INFINITY)).toBe(false);
  expect(histogram.toNative().count).toBe(0);
});

test("adding two histograms equals recording both into one, at the coarser schema", () => {
  const values = array(double({ min: 1e-3, max: 1e3, noNaN: true }), { minLength: 1, maxLength: 60 });
  assert(
    property(values, values, (a, b) => {
      const left = new ExponentialHistogram();
      const right = new ExponentialHistogram();
      const both = new ExponentialHistogram();
      for (const value of a) {
        left.record(value);
        both.record(value);
      }
      for (const value of b) {
        right.record(value);
        both.record(value);
      }
      const sum = addHistograms(left.toNative(), right.toNative());
      if (!sum.ok) throw new Error(sum.error.message);
      if (sum.value.schema === both.schema) expect(buckets(sum.value)).toEqual(buckets(both.toNative()));
      const back = subtractHistograms(sum.value, right.toNative());
      if (!back.ok) throw new Error(back.error.message);
      expect(back.value.count).toBe(a.length);
      expect(back.value.positiveBuckets.every((count) => count > 0)).toBe(true);
    }),
  );
});

test("a wider zero bucket swallows the buckets it covers", () => {
  const wide: NativeHistogram = {
    schema: 0,
    count: 1,
    sum: 0,
    zeroThreshold: 0.1,
    zeroCount: 1,
    positiveSpans: [],
    positiveBuckets: [],
    negativeSpans: [],
    negativeBuckets: [],
    counterResetHint: "unknown",
  };
  const histogram = new ExponentialHistogram();
  histogram.record(0.01);
  histogram.record(5);
  const sum = addHistograms(wide, histogram.toNative());
  if (!sum.ok) throw new Error(sum.error.message);
  expect(sum.value.zeroCount).toBe(2);
  expect(sum.value.positiveBuckets).toEqual([1]);
});

test("a sum of histograms that wander is kept within its buckets at a lower resolution, and loses no observation", () => {
  const at = (exponent: number): NativeHistogram => ({
    schema: 8,
    count: 2,
    sum: 2 ** exponent,
    zeroThreshold: 0,
    zeroCount: 0,
    positiveSpans: [{ offset: exponent * 256, length: 1 }],
    positiveBuckets: [1],
    negativeSpans: [{ offset: exponent * 256, length: 1 }],
    negativeBuckets: [1],
    counterResetHint: "unknown",
  });
  let total = at(-1000);
  for (let exponent = -999; exponent <= 1000; exponent++) {
    const sum = addHistograms(total, at(exponent));
    if (!sum.ok) throw new Error(sum.error.message);
    total = withinBuckets(sum.value, 320);
    expect(total.positiveBuckets.length + total.negativeBuckets.length).toBeLessThanOrEqual(320);
  }
  expect(total.positiveBuckets.reduce((sum, count) => sum + count, 0)).toBe(2001);
  expect(total).toMatchObject({ schema: -4, count: 4002 });
});
