/** A run of consecutive buckets: `offset` from the end of the previous span (from index 0 for the first). */
export interface BucketSpan {
  readonly offset: number;
  readonly length: number;
}

/** What is known about a reset between this histogram and the one before it (Prometheus `FloatHistogram.CounterResetHint`). */
export type CounterResetHint = "unknown" | "reset" | "not_reset" | "gauge";

/**
 * An exponential (native) histogram in Prometheus's sparse layout; bucket i of a positive span holds
 * (base^(i-1), base^i] with base = 2^(2^-schema). Schema -4…8; -53 means custom bounds in `customValues`.
 * Counts are absolute (not deltas between buckets) and may be fractional.
 */
export interface NativeHistogram {
  readonly schema: number;
  readonly count: number;
  readonly sum: number;
  readonly zeroThreshold: number;
  readonly zeroCount: number;
  readonly positiveSpans: readonly BucketSpan[];
  readonly positiveBuckets: readonly number[];
  readonly negativeSpans: readonly BucketSpan[];
  readonly negativeBuckets: readonly number[];
  readonly customValues?: readonly number[];
  readonly counterResetHint: CounterResetHint;
}

/** A histogram of nothing in the layout of another. */
export function emptyLike(h: NativeHistogram): NativeHistogram {
  return {
    ...h,
    count: 0,
    sum: 0,
    zeroThreshold: 0,
    zeroCount: 0,
    positiveSpans: [],
    positiveBuckets: [],
    negativeSpans: [],
    negativeBuckets: [],
    counterResetHint: "unknown",
  };
}

/**
 * Whether both say the same, number by number; a stale marker's sum is the same as another's. Whether a counter was reset is no part of
 * it, as in Prometheus: of one sample it may be known, and then not.
 */
export function sameHistogram(a: NativeHistogram, b: NativeHistogram): boolean {
  return (
    a.schema === b.schema &&
    a.count === b.count &&
    Object.is(a.sum, b.sum) &&
    a.zeroThreshold === b.zeroThreshold &&
    a.zeroCount === b.zeroCount &&
    (a.counterResetHint === "gauge") === (b.counterResetHint === "gauge") &&
    sameSpans(a.positiveSpans, b.positiveSpans) &&
    sameNumbers(a.positiveBuckets, b.positiveBuckets) &&
    sameSpans(a.negativeSpans, b.negativeSpans) &&
    sameNumbers(a.negativeBuckets, b.negativeBuckets) &&
    sameNumbers(a.customValues ?? [], b.customValues ?? [])
  );
}

/** Whether the numbers of two histograms stand for the same buckets, one by one. */
export const sameLayout = (a: NativeHistogram, b: NativeHistogram): boolean =>
  a.schema === b.schema &&
  Object.is(a.zeroThreshold, b.zeroThreshold) &&
  sameSpans(a.positiveSpans, b.positiveSpans) &&
  sameSpans(a.negativeSpans, b.negativeSpans) &&
  (a.customValues === undefined) === (b.customValues === undefined) &&
  sameNumbers(a.customValues ?? [], b.customValues ?? []);

const sameNumbers = (a: readonly number[], b: readonly number[]): boolean =>
  a === b || (a.length === b.length && a.every((number, i) => Object.is(number, b[i])));

const sameSpans = (a: readonly BucketSpan[], b: readonly BucketSpan[]): boolean =>
  a === b || (a.length === b.length && a.every((span, i) => span.offset === b[i]?.offset && span.length === b[i]?.length));
