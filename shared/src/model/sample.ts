import type { SeriesExemplars } from "./exemplar.ts";
import type { NativeHistogram } from "./histogram.ts";
import type { Labels } from "./labels.ts";
import type { MetricMetadata } from "./metric.ts";
import type { RollupColumns } from "./rollup.ts";

/** `delta` values are added to the series' running total by the shard; the others are stored as they are. */
export type Temporality = "cumulative" | "delta";

/** Values are float64; `histograms[i]` is set where the sample is a histogram, and then `values[i]` is 0, or the stale marker where that is what it says. */
export interface SeriesSamples {
  /** Milliseconds since the epoch, integers. */
  readonly timestamps: Float64Array;
  readonly values: Float64Array;
  readonly histograms?: readonly (NativeHistogram | undefined)[];
  /** These `values` where it is known that they ascend: none is NaN or less than the one before. Of other values it says nothing. */
  readonly ascending?: Float64Array;
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

/** Samples on their way out of storage, oldest first, no duplicates of time; a stale marker is the NaN that `putStale` writes. */
export interface SelectedSeries extends SeriesSamples {
  readonly labels: Labels;
  /** Older than every sample in `timestamps`: what was asked for in a coarser form (only where the request allowed it). */
  readonly rollup?: RollupColumns;
  /** When each sample's counter began to count, ms; 0 where nobody knows. Storage keeps none. */
  readonly starts?: Float64Array;
}

/** A value on its way into a column: the marker travels as a word, because machines may change the bits of a NaN that is a number. */
export type SampleValue = number | "stale";

/** Writes Prometheus's stale marker, 0x7ff0000000000002, by its bits (little-endian machines, as all of ours). */
export function putStale(values: Float64Array, at: number): void {
  const words = new Uint32Array(values.buffer, values.byteOffset + at * 8, 2);
  words[0] = 2;
  words[1] = 0x7ff0_0000;
}

/** A column of these, markers with their bits. */
export function valueColumn(points: readonly SampleValue[]): Float64Array<ArrayBuffer> {
  const values = new Float64Array(points.length);
  for (const [at, point] of points.entries()) {
    if (point === "stale") putStale(values, at);
    else values[at] = point;
  }
  return values;
}

const marker = valueColumn(["stale"]);

/**
 * Prometheus's stale marker as a number, which may arrive quieted or as a plain NaN: for comparisons and for what only
 * `isStale` reads. What is stored is written by `putStale`. Test with `isStale`, never with ===.
 */
export const STALE_NAN: number = marker[0] ?? Number.NaN;

const probe = new Float64Array(1);
const probeBits = new Uint32Array(probe.buffer);

/**
 * True for the stale marker alone, also where the machine has quieted it on the way (0x7ff8… for 0x7ff0…). Keep markers in
 * typed arrays: plain arrays of numbers may canonicalise NaNs.
 */
export function isStale(value: number): boolean {
  if (value === value) return false;
  probe[0] = value;
  return probeHasMarker();
}

/**
 * `isStale` of a value in a column. A column's values are to be asked for here: V8 may make a plain NaN of one that is held in a
 * variable at the moment when it replaces the code around it by faster code.
 */
export function isStaleAt(values: Float64Array, at: number): boolean {
  const value = values[at] as number;
  if (value === value) return false;
  probe.set(values.subarray(at, at + 1));
  return probeHasMarker();
}

const probeHasMarker = (): boolean => probeBits[0] === 2 && ((probeBits[1] ?? 0) | 0x80000) === 0x7ff80000;

/** Whether two samples have the same value: zeros differ by their sign, and a stale marker is no other NaN. */
export const sameValue = (a: number, b: number): boolean => Object.is(a, b) && (a === a || isStale(a) === isStale(b));
