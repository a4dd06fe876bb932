import type { NativeHistogram } from "../../model/histogram.ts";
import type { SelectedSeries } from "../../model/sample.ts";
import { QueryError } from "../failure.ts";
import { bytesOfHistogram } from "./sample-tally.ts";
import type { Value } from "./steps.ts";

export const DEFAULT_MAX_BYTES = 256 * 1024 * 1024;

/** A step of a column: its value and what kind it is. */
const STEP_BYTES = 9;
/** A column besides its steps. */
const COLUMN_BYTES = 200;

/** Why a query is refused that would hold more bytes. */
export const tooLarge = (limit: number): string =>
  `the query would hold more than ${Math.round(limit / 1_048_576)} MB in memory: that is the limit maxQueryBytes; narrow the selectors, shorten the range or use a longer step`;

/** Bytes that a query holds in samples and values, counted where they are made: a bound, and what is told of it. */
export class QueryMemory {
  held = 0;
  peak = 0;
  #kept = 0;
  readonly #limit: number;

  constructor(limit: number = DEFAULT_MAX_BYTES) {
    this.#limit = limit;
  }

  /** Throws QueryError `limit`. */
  hold(bytes: number): void {
    this.held += bytes;
    this.foresee(0);
  }

  /** As if so many bytes more were held: of what is being made, which is held once it is whole. Throws QueryError `limit`. */
  foresee(bytes: number): void {
    const all = this.held + this.#kept + bytes;
    if (all > this.peak) this.peak = all;
    if (all > this.#limit) throw new QueryError("limit", tooLarge(this.#limit));
  }

  /** Held until the end, whatever becomes of the rest. */
  keep(bytes: number): void {
    this.#kept += bytes;
    this.hold(0);
  }

  /** What is held is `bytes` again: all that was held since is garbage. */
  backTo(bytes: number): void {
    this.held = bytes;
  }
}

export function bytesOfValue(value: Value, steps: number): number {
  if (value.type === "string") return 0;
  if (value.type === "scalar") return steps * 8;
  let bytes = value.columns.length * (COLUMN_BYTES + steps * STEP_BYTES);
  for (const { histograms } of value.columns) if (histograms !== undefined) bytes += bytesOfHistograms(histograms);
  return bytes;
}

/** Of all histograms of a series, digests included. */
export const histogramBytesOf = ({ histograms = [], rollup }: SelectedSeries): number =>
  (rollup?.digests ?? []).reduce((bytes, digest) => bytes + bytesOfHistograms(digest), bytesOfHistograms(histograms));

/** By their buckets, of which one may have thousands. One that stands several times in a row is held once. */
export function bytesOfHistograms(histograms: readonly (NativeHistogram | undefined)[]): number {
  let bytes = 0;
  let before: NativeHistogram | undefined;
  for (const one of histograms) {
    if (one !== undefined && one !== before) bytes += bytesOfHistogram(one);
    before = one;
  }
  return bytes;
}
