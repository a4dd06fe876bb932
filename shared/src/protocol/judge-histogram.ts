import type { BucketSpan, NativeHistogram } from "../model/histogram.ts";
import { type Failure, fail } from "../model/result.ts";
import { MAX_HISTOGRAM_BUCKETS } from "./limits.ts";

const MIN_SCHEMA = -4;
const MAX_SCHEMA = 8;
const CUSTOM_BOUNDS = -53;
/** Bucket indexes are 32-bit numbers wherever they are counted. */
const MAX_INDEX = 2 ** 31 - 1;

/**
 * Why a native histogram is none, or null: what Prometheus refuses (`histogram.FloatHistogram.Validate`), and more buckets
 * than a frame carries. Failures: `bad_histogram`. Nothing that fails may be stored: spans say where the numbers of a column are.
 */
export function judgeHistogram(histogram: NativeHistogram): Failure | null {
  const fault = faultOf(histogram);
  return fault === null ? null : fail("bad_histogram", `a native histogram ${fault}`).error;
}

/**
 * Why a histogram of whole counts cannot have as many observations as it says, or null (`histogram.Histogram.Validate`): what is
 * observed and no number is counted and in no bucket. Float histograms are not asked, as their fractions do not add up exactly.
 */
export function judgeObservations({ count, sum, zeroCount, positiveBuckets, negativeBuckets }: NativeHistogram): Failure | null {
  let inBuckets = zeroCount;
  for (const bucket of positiveBuckets) inBuckets += bucket;
  for (const bucket of negativeBuckets) inBuckets += bucket;
  // Beyond 2^53 counts are rounded here.
  if (Math.abs(inBuckets - count) <= Math.max(count, inBuckets) * 2 ** -50) return null;
  if (Number.isNaN(sum) && count > inBuckets) return null;
  const more = "more only where its sum is NaN";
  return fail(
    "bad_histogram",
    `a native histogram has ${count} observations by its count and ${inBuckets} in its buckets; they must be as many, ${more}`,
  ).error;
}

function faultOf(histogram: NativeHistogram): string | null {
  const { schema, customValues } = histogram;
  const custom = schema === CUSTOM_BOUNDS;
  if (!custom && !(Number.isInteger(schema) && schema >= MIN_SCHEMA && schema <= MAX_SCHEMA))
    return `has schema ${schema}; there are ${MIN_SCHEMA} to ${MAX_SCHEMA}, and ${CUSTOM_BOUNDS} for custom bounds`;
  if (histogram.count < 0 || histogram.zeroCount < 0 || histogram.zeroThreshold < 0) return "counts less than nothing";
  if (custom) {
    const fault = customFault(histogram, customValues ?? []);
    if (fault !== null) return fault;
  } else if (customValues !== undefined && customValues.length > 0) return `of schema ${schema} has custom bounds`;
  return (
    sideFault("positive", histogram.positiveSpans, histogram.positiveBuckets) ??
    sideFault("negative", histogram.negativeSpans, histogram.negativeBuckets)
  );
}

function customFault(histogram: NativeHistogram, bounds: readonly number[]): string | null {
  if (bounds.length > MAX_HISTOGRAM_BUCKETS) return `has ${bounds.length} custom bounds, more than ${MAX_HISTOGRAM_BUCKETS}`;
  for (let i = 0; i < bounds.length; i++)
    if (!((bounds[i] as number) > (bounds[i - 1] ?? -Infinity)) || bounds[i] === Infinity)
      return "has custom bounds that do not rise, or end in +Inf";
  if (histogram.negativeSpans.length > 0 || histogram.negativeBuckets.length > 0) return "with custom bounds has negative buckets";
  if (histogram.zeroCount !== 0 || histogram.zeroThreshold !== 0) return "with custom bounds has a zero bucket, or a threshold of one";
  let end = 0;
  for (const { offset, length } of histogram.positiveSpans) {
    if (offset < 0) return "with custom bounds has a bucket before the first";
    end += offset + length;
  }
  return end > bounds.length + 1 ? `has a bucket ${end} beside ${bounds.length} custom bounds` : null;
}

function sideFault(side: string, spans: readonly BucketSpan[], buckets: readonly number[]): string | null {
  let index = 0;
  let covered = 0;
  for (let i = 0; i < spans.length; i++) {
    const { offset, length } = spans[i] as BucketSpan;
    if (!Number.isInteger(offset) || !Number.isInteger(length) || length < 0 || (i > 0 && offset < 0))
      return `has ${side} spans that go back, or are no whole numbers`;
    index += offset + length;
    covered += length;
    if (Math.abs(index) > MAX_INDEX) return `has ${side} buckets beyond 32-bit indexes`;
  }
  if (covered !== buckets.length) return `has ${buckets.length} ${side} buckets where its spans say ${covered}`;
  if (Math.max(covered, spans.length) > MAX_HISTOGRAM_BUCKETS)
    return `has ${Math.max(covered, spans.length)} ${side} buckets, more than ${MAX_HISTOGRAM_BUCKETS}; lower its resolution (native_histogram_bucket_limit)`;
  for (const count of buckets) if (count < 0) return `has a ${side} bucket of ${count}`;
  return null;
}
