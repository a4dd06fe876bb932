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
