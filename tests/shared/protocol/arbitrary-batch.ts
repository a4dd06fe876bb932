import type { NativeHistogram } from "@sightline/shared/model/histogram";
import { STALE_NAN, type BatchSeries, type SampleBatch, isStale, putStale } from "@sightline/shared/model/sample";
import fc from "fast-check";

export const histogram: NativeHistogram = {
  schema: 3,
  count: 12,
  sum: 3.75,
  zeroThreshold: 2 ** -128,
  zeroCount: 2,
  positiveSpans: [
    { offset: -4, length: 2 },
    { offset: 3, length: 1 },
  ],
  positiveBuckets: [4, 5, 1],
  negativeSpans: [],
  negativeBuckets: [],
  counterResetHint: "not_reset",
};

export const gauge = (name: string, timestamps: number[], values: number[]): BatchSeries => ({
  labels: { __name__: name, host_name: "db-1" },
  metadata: { type: "gauge", unit: "ratio", help: `what ${name} is` },
  temporality: "cumulative",
  timestamps: Float64Array.from(timestamps),
  values: Float64Array.from(values),
});

const oddValue = fc.oneof(
  fc.double(),
  fc.integer(),
  fc.constantFrom(Number.NaN, STALE_NAN, Infinity, -Infinity, -0, 0, Number.MAX_SAFE_INTEGER, 5e-324, 2 ** 50, 2 ** 50 + 1),
);
const count = fc.oneof(fc.nat({ max: 2 ** 40 }), fc.double({ min: 0, max: 1e9, noNaN: true }));
const arbitraryHistogram: fc.Arbitrary<NativeHistogram> = fc
  .record({
    spans: fc.array(fc.record({ offset: fc.integer({ min: -9, max: 9 }), length: fc.integer({ min: 1, max: 4 }) }), { maxLength: 3 }),
    sum: oddValue,
    seed: count,
  })
  .map(({ spans, sum, seed }) => ({
    ...histogram,
    sum,
    count: seed,
    positiveSpans: spans,
    positiveBuckets: spans.flatMap((span) => Array.from({ length: span.length }, (_, i) => seed + i)),
    counterResetHint: "unknown",
  }));

const arbitrarySeries: fc.Arbitrary<BatchSeries> = fc
  .record({
    name: fc.string({ unit: "grapheme", minLength: 1, maxLength: 12 }),
    help: fc.string({ unit: "grapheme", maxLength: 20 }),
    type: fc.constantFrom("counter", "gauge", "histogram", "summary", "unknown"),
    temporality: fc.constantFrom("cumulative", "delta"),
    samples: fc.array(
      fc.tuple(fc.integer({ min: -1e13, max: 1e14 }), oddValue, fc.option(arbitraryHistogram, { nil: undefined, freq: 8 })),
      { maxLength: 6 },
    ),
  })
  .map(({ name, help, type, temporality, samples }) => {
    const histograms = samples.map((sample) => sample[2]);
    const values = Float64Array.from(samples, (sample) => (sample[2] === undefined ? sample[1] : 0));
    for (const [i, one] of histograms.entries()) if (one !== undefined && isStale(one.sum)) putStale(values, i);
    return {
      labels: { __name__: name, le: "+Inf" },
      metadata: { type, unit: "s", help } as const,
      temporality,
      timestamps: Float64Array.from(samples, (sample) => sample[0]),
      values,
      ...(histograms.some((one) => one !== undefined) ? { histograms } : {}),
    };
  });

export const arbitraryBatch: fc.Arbitrary<SampleBatch> = fc.array(arbitrarySeries, { maxLength: 8 }).map((series) => ({ series }));

/** Values as bits, so that NaNs compare by pattern. */
export const bitsOf = (values: Float64Array): bigint[] => Array.from(new BigUint64Array(values.buffer, values.byteOffset, values.length));

export const plain = (batch: SampleBatch): unknown =>
  batch.series.map((series) => ({ ...series, timestamps: Array.from(series.timestamps), values: bitsOf(series.values) }));
