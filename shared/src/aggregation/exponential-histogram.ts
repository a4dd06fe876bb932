import type { NativeHistogram } from "../model/histogram.ts";
import { BucketRange, toSpans } from "./bucket-range.ts";
import { MIN_SCHEMA, bucketIndex } from "./exponential-bucket.ts";

/** Finest resolution to begin with: neighbouring bounds 9% apart. */
export const START_SCHEMA = 3;
/** Buckets per sign; beyond it the resolution halves (OpenTelemetry's base-2 exponential aggregation). */
export const MAX_BUCKETS = 160;
/** Values at or below it count as zero (client_golang's DefNativeHistogramZeroThreshold, 2^-128). */
export const ZERO_THRESHOLD = 2 ** -128;

/**
 * Records observations into an exponential histogram that loses resolution rather than growing: at most 160 buckets
 * per sign, schema 3 downwards. The relative error of a quantile is at most 2^(2^-schema)/2 of the value: 4.5% at schema 3.
 */
export class ExponentialHistogram {
  #schema = START_SCHEMA;
  #positive = new BucketRange();
  #negative = new BucketRange();
  #zeroCount = 0;
  #count = 0;
  #sum = 0;

  get schema(): number {
    return this.#schema;
  }

  get count(): number {
    return this.#count;
  }

  get sum(): number {
    return this.#sum;
  }

  /** Adds an observation `times` over. False, and nothing is counted, when the value is not finite. */
  record(value: number, times = 1): boolean {
    if (!Number.isFinite(value)) return false;
    this.#count += times;
    this.#sum += value * times;
    const magnitude = Math.abs(value);
    if (magnitude <= ZERO_THRESHOLD) {
      this.#zeroCount += times;
      return true;
    }
    const range = value > 0 ? this.#positive : this.#negative;
    let index = bucketIndex(magnitude, this.#schema);
    while (range.spanWith(index) > MAX_BUCKETS && this.#schema > MIN_SCHEMA) {
      this.#schema--;
      this.#positive.halve();
      this.#negative.halve();
      index = bucketIndex(magnitude, this.#schema);
    }
    range.add(index, times);
    return true;
  }

  /** A cumulative snapshot; the caller that resets between snapshots says so with temporality `delta`. */
  toNative(): NativeHistogram {
    const positive = listed(this.#positive);
    const negative = listed(this.#negative);
    return {
      schema: this.#schema,
      count: this.#count,
      sum: this.#sum,
      zeroThreshold: ZERO_THRESHOLD,
      zeroCount: this.#zeroCount,
      positiveSpans: positive.spans,
      positiveBuckets: positive.counts,
      negativeSpans: negative.spans,
      negativeBuckets: negative.counts,
      counterResetHint: "unknown",
    };
  }

  /** Empty again, at the finest resolution. */
  reset(): void {
    this.#schema = START_SCHEMA;
    this.#positive.clear();
    this.#negative.clear();
    this.#zeroCount = 0;
    this.#count = 0;
    this.#sum = 0;
  }
}

function listed(range: BucketRange): ReturnType<typeof toSpans> {
  const buckets: (readonly [number, number])[] = [];
  range.forEach((index, count) => buckets.push([index, count]));
  return toSpans(buckets);
}
