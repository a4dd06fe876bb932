/** The engine's outside: parse, ask what data a query needs, evaluate over data that are already here. Synchronous and pure. */
import type { NativeHistogram } from "../model/histogram.ts";
import type { Labels } from "../model/labels.ts";
import type { Matcher } from "../model/matcher.ts";
import type { SelectedSeries } from "../model/sample.ts";
import type { SampleTally } from "./evaluation/sample-tally.ts";

/** Evaluation times in ms; an instant query has start = end and step 0. */
export interface QueryParams {
  readonly startMs: number;
  readonly endMs: number;
  readonly stepMs: number;
  /** Default 300,000. */
  readonly lookbackMs?: number;
  /** Resolution of subqueries without their own; default 60,000. */
  readonly subqueryStepMs?: number;
  readonly limits?: QueryLimits;
  /** Counts what the query was answered from. */
  readonly tally?: SampleTally;
  /** Raw samples or nothing: rollups are not read (`raw=1`). */
  readonly rawOnly?: boolean;
  /** Returns true when the query should stop (deadline, caller gone). Asked between series. */
  readonly cancelled?: () => boolean;
}

export interface QueryLimits {
  readonly maxSamples: number;
  /** Steps from the start to the end: as in Prometheus's API, the value at the start itself is not counted. */
  readonly maxPointsPerSeries: number;
  /** Of samples and values that are held at a time; default 256 MB. */
  readonly maxBytes?: number;
}

/** What one selector of a query reads: samples with startMs < t <= endMs (lookback, range and offset already included). */
export interface SelectRequest {
  readonly matchers: readonly Matcher[];
  readonly startMs: number;
  readonly endMs: number;
  /**
   * The coarsest rollup the selector's function can be answered from exactly enough, ms; absent or 0: raw samples only. Of
   * a tier of resolution r the buckets with startMs - r < end <= endMs are wanted.
   */
  readonly maxResolutionMs?: number;
  /** Where raw samples have left storage, any tier that has the rest will do, also one coarser than `maxResolutionMs`. */
  readonly coarserWhenGone?: true;
  /** Buckets are of use with `sketches` only. */
  readonly needsSketches?: true;
}

/** Answers a request in any series order; the engine does not modify what it gets. */
export type Select = (request: SelectRequest) => readonly SelectedSeries[];

export interface VectorSample {
  readonly labels: Labels;
  readonly t: number;
  readonly value: number;
  readonly histogram?: NativeHistogram;
}

export interface MatrixSeries {
  readonly labels: Labels;
  readonly timestamps: readonly number[] | Float64Array;
  readonly values: readonly number[] | Float64Array;
  readonly histograms?: readonly (NativeHistogram | undefined)[];
}

export type QueryValue =
  | { readonly type: "scalar"; readonly t: number; readonly value: number }
  | { readonly type: "string"; readonly t: number; readonly value: string }
  | { readonly type: "vector"; readonly samples: readonly VectorSample[] }
  | { readonly type: "matrix"; readonly series: readonly MatrixSeries[] };

export interface QueryResult {
  readonly value: QueryValue;
  readonly warnings: readonly string[];
  readonly infos: readonly string[];
}
