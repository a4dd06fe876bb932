import type { NativeHistogram } from "./histogram.ts";

/** A mergeable sketch of a distribution; see `aggregation/quantile-sketch.ts` for the one Sightline keeps and its error bound. */
export interface SketchBins {
  /** Relative error a of every quantile, e.g. 0.01. Bin i holds the magnitudes in (g^(i-1), g^i], g = (1 + a) / (1 - a), and stands for 2 g^i / (g + 1). */
  readonly relativeError: number;
  readonly zeroCount: number;
  /** Ascending bin indices and their counts, of negative and of positive values. */
  readonly negative: { readonly indices: Int32Array; readonly counts: Float64Array };
  readonly positive: { readonly indices: Int32Array; readonly counts: Float64Array };
}

/**
 * Sketches of successive buckets, their bins one after the other: those of bucket i begin where those of bucket i - 1 end, at
 * `positiveEnds[i - 1]` (0 for the first), negative values before `negativeEnds[i]`, positive ones before `positiveEnds[i]`.
 */
export interface SketchColumns {
  /** How often the bins of each were joined in pairs, which gives their relative error; -1 for a bucket without a sketch. */
  readonly joins: Int8Array;
  readonly zeroCounts: Float64Array;
  readonly negativeEnds: Int32Array;
  readonly positiveEnds: Int32Array;
  /** As in `SketchBins`: ascending within each sign of each sketch. */
  readonly indices: Int32Array;
  readonly counts: Float64Array;
}

/**
 * Aggregates of one series over buckets of `resolutionMs`; all columns are of equal length. Bucket i covers
 * `ends[i] - resolutionMs < t <= ends[i]`, left-open as PromQL's windows are; buckets without samples are left out.
 */
export interface RollupColumns {
  readonly resolutionMs: number;
  /** Up to then only aggregates are left, ms: a time before it is that of the bucket's end before it, whether or not buckets after it were read. Absent where the last bucket's end says as much. */
  readonly goneMs?: number;
  /** Ms since the epoch, multiples of the resolution, ascending. */
  readonly ends: Float64Array;
  readonly counts: Float64Array;
  readonly sums: Float64Array;
  readonly mins: Float64Array;
  readonly maxs: Float64Array;
  readonly firsts: Float64Array;
  readonly lasts: Float64Array;
  /** Times of the first and last sample in the bucket, ms. */
  readonly firstTimes: Float64Array;
  readonly lastTimes: Float64Array;
  /**
   * Growth read as a counter, resets corrected, from the bucket's first sample to its last. What lies between two buckets
   * follows from `lasts[i - 1]` and `firsts[i]`, so that any run of buckets can be read without its predecessor.
   */
  readonly innerIncreases: Float64Array;
  /** Where the series ended: when a stale marker came after the bucket's last sample and before the next one, ms; Infinity where none did. */
  readonly staleTimes?: Float64Array;
  /** Where the tier keeps distributions. */
  readonly sketches?: SketchColumns;
  /**
   * Of native histograms (`promql/histogram/roll-up.ts`), oldest first; none for a bucket of floats. Of the other columns their
   * buckets have counts and times only: least and greatest values are NaN, the others 0.
   */
  readonly digests?: readonly (readonly NativeHistogram[])[];
}

/** Up to then there are buckets, ms, and single samples after it. */
export const rolledUpUntil = ({ ends, goneMs = -Infinity }: Pick<RollupColumns, "ends" | "goneMs">): number =>
  Math.max(ends[ends.length - 1] ?? -Infinity, goneMs);
