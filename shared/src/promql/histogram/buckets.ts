/** Sparse buckets as sorted index/count columns, and back to spans (Prometheus `model/histogram`). */
import type { BucketSpan, NativeHistogram } from "../../model/histogram.ts";
import { exponentialBound } from "./exponential-bounds.ts";

export const CUSTOM_SCHEMA = -53;

/** Buckets in ascending index order. */
export interface Buckets {
  readonly indices: number[];
  readonly counts: number[];
}

export function bucketsOf(spans: readonly BucketSpan[], counts: readonly number[]): Buckets {
  const indices: number[] = [];
  let index = 0;
  for (const span of spans) {
    index += span.offset;
    for (let i = 0; i < span.length; i++) indices.push(index++);
  }
  return { indices, counts: counts.slice(0, indices.length) };
}

/** Spans without empty buckets. */
export function compact(buckets: Buckets): { readonly spans: BucketSpan[]; readonly counts: number[] } {
  const spans: { offset: number; length: number }[] = [];
  const counts: number[] = [];
  let next = 0;
  for (let i = 0; i < buckets.indices.length; i++) {
    const count = buckets.counts[i] ?? 0;
    const index = buckets.indices[i] ?? 0;
    if (count === 0) continue;
    const last = spans.at(-1);
    if (last !== undefined && index === next) last.length++;
    else spans.push({ offset: index - (last === undefined ? 0 : next), length: 1 });
    next = index + 1;
    counts.push(count);
  }
  return { spans, counts };
}

/** Merges two runs of buckets; counts of `b` are multiplied by `factor`. */
export function mergeBuckets(a: Buckets, b: Buckets, factor: number): Buckets {
  const indices: number[] = [];
  const counts: number[] = [];
  let i = 0;
  let j = 0;
  while (i < a.indices.length || j < b.indices.length) {
    const left = i < a.indices.length ? (a.indices[i] ?? 0) : Infinity;
    const right = j < b.indices.length ? (b.indices[j] ?? 0) : Infinity;
    indices.push(Math.min(left, right));
    counts.push((left <= right ? (a.counts[i++] ?? 0) : 0) + (right <= left ? factor * (b.counts[j++] ?? 0) : 0));
  }
  return { indices, counts };
}

/** Upper bound of bucket `index`; custom bounds have an implied +Inf at the end. */
export function upperBound(schema: number, index: number, customValues: readonly number[] | undefined): number {
  if (schema === CUSTOM_SCHEMA) return customValues?.[index] ?? Infinity;
  return exponentialBound(schema, index);
}

export function lowerBound(schema: number, index: number, customValues: readonly number[] | undefined): number {
  if (schema === CUSTOM_SCHEMA && index === 0) return -Infinity;
  return upperBound(schema, index - 1, customValues);
}

export function isCustom(h: NativeHistogram): boolean {
  return h.schema === CUSTOM_SCHEMA;
}

/** A histogram with its bucket columns spelled out as lower, upper, count; ascending, zero bucket in place. */
export interface BoundedBucket {
  readonly lower: number;
  readonly upper: number;
  readonly count: number;
  readonly zero: boolean;
}

/** What observations may lie in: a bucket that reaches into the zero bucket begins at its end. */
export function ascendingBuckets(h: NativeHistogram): BoundedBucket[] {
  const { zeroThreshold } = h;
  return wholeBuckets(h).map((bucket) => {
    if (bucket.zero) return bucket;
    if (bucket.upper < 0 && bucket.upper > -zeroThreshold) return { ...bucket, upper: -zeroThreshold };
    if (bucket.lower > 0 && bucket.lower < zeroThreshold) return { ...bucket, lower: zeroThreshold };
    return bucket;
  });
}

/** By their schema's bounds. */
export function wholeBuckets(h: NativeHistogram): BoundedBucket[] {
  const list: BoundedBucket[] = [];
  const negative = bucketsOf(h.negativeSpans, h.negativeBuckets);
  for (let i = negative.indices.length - 1; i >= 0; i--) {
    const index = negative.indices[i] ?? 0;
    list.push({
      lower: -upperBound(h.schema, index, undefined),
      upper: -lowerBound(h.schema, index, undefined),
      count: negative.counts[i] ?? 0,
      zero: false,
    });
  }
  if (h.zeroCount > 0) list.push({ lower: -h.zeroThreshold, upper: h.zeroThreshold, count: h.zeroCount, zero: true });
  const positive = bucketsOf(h.positiveSpans, h.positiveBuckets);
  positive.indices.forEach((index, i) => {
    list.push({
      lower: lowerBound(h.schema, index, h.customValues),
      upper: upperBound(h.schema, index, h.customValues),
      count: positive.counts[i] ?? 0,
      zero: false,
    });
  });
  return list;
}
