import type { SeriesExemplars } from "./exemplar.ts";
import type { NativeHistogram } from "./histogram.ts";
import type { Labels } from "./labels.ts";
import type { MetricMetadata } from "./metric.ts";
import type { RollupColumns } from "./rollup.ts";

/** `delta` values are added to the series' running total by the shard; the others are stored as they are. */
export type Temporality = "cumulative" | "delta";

/** Values are float64; `histograms[i]` is set where the sample is a histogram, and then `values[i]` is 0. */
export interface SeriesSamples {
  /** Milliseconds since the epoch, integers. */
  readonly timestamps: Float64Array;
  readonly values: Float64Array;
  readonly histograms?: readonly (NativeHistogram | undefined)[];
}

export interface BatchSeries extends SeriesSamples {
  readonly labels: Labels;
  readonly metadata: MetricMetadata;
  readonly temporality: Temporality;
}

/** Samples on their way in, a column per series: what collectors produce, decoders return and FRAMEs carry. */
export interface SampleBatch {
  readonly series: readonly BatchSeries[];
  /** By their series' labels, which need not be of a series with samples in this batch. */
  readonly exemplars?: readonly SeriesExemplars[];
}

/** Samples on their way out of storage, oldest first, no duplicates of time; a stale marker is the NaN of `STALE_NAN`. */
export interface SelectedSeries extends SeriesSamples {
  readonly labels: Labels;
  /** Older than every sample in `timestamps`: what was asked for in a coarser form (only where the request allowed it). */
  readonly rollup?: RollupColumns;
}

const staleBits = new DataView(new ArrayBuffer(8));
staleBits.setBigUint64(0, 0x7ff0_0000_0000_0002n);

/** Prometheus's stale marker: a NaN with its own bit pattern. Test with `isStale`, never with ===. */
export const STALE_NAN: number = staleBits.getFloat64(0);

const probe = new Float64Array(1);
const probeBits = new Uint32Array(probe.buffer);

/**
 * True for the stale marker alone, also where the machine has quieted it on the way (0x7ff8… for 0x7ff0…). Keep markers in
 * typed arrays: plain arrays of numbers may canonicalise NaNs.
 */
export function isStale(value: number): boolean {
  if (value === value) return false;
  probe[0] = value;
  return probeBits[0] === 2 && ((probeBits[1] ?? 0) | 0x80000) === 0x7ff80000;
}
