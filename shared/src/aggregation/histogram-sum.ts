/**
 * Sums and differences of native histograms of different resolutions: both are brought to the coarser schema and the
 * wider zero bucket first (Prometheus `FloatHistogram.Add`, `Sub`, `reconcileZeroBuckets`).
 */
import { type NativeHistogram, emptyLike } from "../model/histogram.ts";
import { type Result, fail, ok } from "../model/result.ts";
import { fromSpans, toSpans } from "./bucket-range.ts";
import { bucketLowerBound, bucketUpperBound } from "./exponential-bucket.ts";

const CUSTOM_BOUNDS = -53;
const MIN_SCHEMA = -4;

interface Buckets {
  readonly positive: Map<number, number>;
  readonly negative: Map<number, number>;
  zeroCount: number;
}

/** a + b, e.g. the running total of a delta histogram. Fails with `histogram_bounds` when custom bounds differ. */
export const addHistograms = (a: NativeHistogram, b: NativeHistogram): Result<NativeHistogram> => combine(a, b, 1);

/** later - earlier. Counts go negative where `later` is smaller: see `histogramIncrease` for counters. */
export const subtractHistograms = (later: NativeHistogram, earlier: NativeHistogram): Result<NativeHistogram> =>
  combine(later, earlier, -1);

/**
 * The same at the highest resolution at which it has at most `most` buckets: 262 or more are always enough, since schema -4
 * covers every double with 131 a side. Custom bounds stay as they are.
 */
export function withinBuckets(histogram: NativeHistogram, most: number): NativeHistogram {
  let coarse = histogram;
  while (coarse.schema > MIN_SCHEMA && coarse.positiveBuckets.length + coarse.negativeBuckets.length > most) {
    const sum = combine(coarse, { ...emptyLike(coarse), schema: coarse.schema - 1, zeroThreshold: coarse.zeroThreshold }, 1);
    if (!sum.ok) break;
    coarse = sum.value;
  }
  return coarse;
}

function combine(a: NativeHistogram, b: NativeHistogram, sign: 1 | -1): Result<NativeHistogram> {
  const custom = a.schema === CUSTOM_BOUNDS;
  if (custom !== (b.schema === CUSTOM_BOUNDS) || (custom && !sameBounds(a.customValues ?? [], b.customValues ?? [])))
    return fail(
      "histogram_bounds",
      "These two histograms have different custom bounds and cannot be combined; send them as separate series.",
    );
  const schema = Math.min(a.schema, b.schema);
  const left = bucketsAt(a, schema);
  const right = bucketsAt(b, schema);
  let zeroThreshold = Math.max(a.zeroThreshold, b.zeroThreshold);
  if (!custom && a.zeroThreshold !== b.zeroThreshold) {
    // A threshold inside a filled bucket grows to that bucket's end, which may reach into a bucket of the other one.
    for (let before = -1; before !== zeroThreshold;) {
      before = zeroThreshold;
      zeroThreshold = widened(left, widened(right, zeroThreshold, schema), schema);
    }
    absorb(left, zeroThreshold, schema);
    absorb(right, zeroThreshold, schema);
  }
  const positive = merged(left.positive, right.positive, sign);
  const negative = merged(left.negative, right.negative, sign);
  return ok({
    schema,
    count: a.count + sign * b.count,
    sum: a.sum + sign * b.sum,
    zeroThreshold,
    zeroCount: left.zeroCount + sign * right.zeroCount,
    positiveSpans: positive.spans,
    positiveBuckets: positive.counts,
    negativeSpans: negative.spans,
    negativeBuckets: negative.counts,
    ...(a.customValues === undefined ? {} : { customValues: a.customValues }),
    counterResetHint: a.counterResetHint === "gauge" ? "gauge" : "unknown",
  });
}

function bucketsAt(histogram: NativeHistogram, schema: number): Buckets {
  const shift = histogram.schema === CUSTOM_BOUNDS ? 0 : histogram.schema - schema;
  return {
    positive: coarsened(fromSpans(histogram.positiveSpans, histogram.positiveBuckets), shift),
    negative: coarsened(fromSpans(histogram.negativeSpans, histogram.negativeBuckets), shift),
    zeroCount: histogram.zeroCount,
  };
}

function coarsened(buckets: Iterable<readonly [number, number]>, shift: number): Map<number, number> {
  const out = new Map<number, number>();
  for (const [index, count] of buckets) {
    if (count === 0) continue;
    const coarse = shift === 0 ? index : Math.ceil(index / 2 ** shift);
    out.set(coarse, (out.get(coarse) ?? 0) + count);
  }
  return out;
}

function widened(buckets: Buckets, threshold: number, schema: number): number {
  let wide = threshold;
  for (const side of [buckets.positive, buckets.negative])
    for (const index of side.keys())
      if (bucketLowerBound(index, schema) < threshold && bucketUpperBound(index, schema) > wide) wide = bucketUpperBound(index, schema);
  return wide;
}

function absorb(buckets: Buckets, threshold: number, schema: number): void {
  for (const side of [buckets.positive, buckets.negative])
    for (const [index, count] of side)
      if (bucketUpperBound(index, schema) <= threshold) {
        buckets.zeroCount += count;
        side.delete(index);
      }
}

function merged(a: Map<number, number>, b: Map<number, number>, sign: 1 | -1): ReturnType<typeof toSpans> {
  const sum = new Map(a);
  for (const [index, count] of b) sum.set(index, (sum.get(index) ?? 0) + sign * count);
  return toSpans([...sum].filter(([, count]) => count !== 0).sort(([x], [y]) => x - y));
}

const sameBounds = (a: readonly number[], b: readonly number[]): boolean => a.length === b.length && a.every((bound, i) => bound === b[i]);
