/** The shape of values while they are computed: one column per series over the steps of the query. */
import type { NativeHistogram } from "../../model/histogram.ts";
import type { Labels } from "../../model/labels.ts";

/** Evaluation times: `startMs + i * stepMs` for i in 0…count-1. */
export interface Steps {
  readonly startMs: number;
  readonly stepMs: number;
  readonly count: number;
}

export const ABSENT = 0;
export const FLOAT = 1;
export const HISTOGRAM = 2;

/** One series over all steps. `kinds[i]` says what step i holds. */
export interface Column {
  labels: Labels;
  readonly kinds: Uint8Array;
  readonly values: Float64Array;
  histograms?: (NativeHistogram | undefined)[];
  /** The metric name no longer describes the value; removed at the end of the query (delayed name removal). */
  dropName: boolean;
}

export type Value =
  | { readonly type: "scalar"; readonly values: Float64Array }
  | { readonly type: "string"; readonly value: string }
  | { readonly type: "vector"; readonly columns: Column[]; readonly ordered?: boolean };

export function newColumn(labels: Labels, count: number, dropName: boolean): Column {
  return { labels, kinds: new Uint8Array(count), values: new Float64Array(count), dropName };
}

/** Columns of a node lie in arrays of at most about so many values: to make two for each costs more than to fill them. */
const SLAB_VALUES = 32_768;

/** Makes columns of `count` steps, several to an array. */
export class ColumnMaker {
  readonly #count: number;
  #values = new Float64Array(0);
  #kinds = new Uint8Array(0);
  #at = 0;

  constructor(count: number) {
    this.#count = count;
  }

  /** At most `more` columns follow this one. */
  make(labels: Labels, dropName: boolean, more: number): Column {
    const count = this.#count;
    if (this.#at + count > this.#values.length) {
      const together = Math.max(1, Math.min(more + 1, Math.floor(SLAB_VALUES / Math.max(1, count))));
      this.#values = new Float64Array(together * count);
      this.#kinds = new Uint8Array(together * count);
      this.#at = 0;
    }
    const end = this.#at + count;
    const column = { labels, kinds: this.#kinds.subarray(this.#at, end), values: this.#values.subarray(this.#at, end), dropName };
    this.#at = end;
    return column;
  }
}

export function putFloat(column: Column, step: number, value: number): void {
  column.kinds[step] = FLOAT;
  column.values[step] = value;
}

export function putHistogram(column: Column, step: number, histogram: NativeHistogram): void {
  column.kinds[step] = HISTOGRAM;
  (column.histograms ??= Array.from<NativeHistogram | undefined>({ length: column.kinds.length }))[step] = histogram;
}

/** Copies whatever `from` holds at a step, absence included. */
export function copyStep(from: Column, to: Column, step: number): void {
  const kind = from.kinds[step] ?? ABSENT;
  if (kind === FLOAT) putFloat(to, step, from.values[step] ?? 0);
  else if (kind === HISTOGRAM) {
    const histogram = from.histograms?.[step];
    if (histogram !== undefined) putHistogram(to, step, histogram);
  } else to.kinds[step] = ABSENT;
}

export function isEmpty(column: Column): boolean {
  return !column.kinds.includes(FLOAT) && !column.kinds.includes(HISTOGRAM);
}

export function timeOf(steps: Steps, step: number): number {
  return steps.startMs + step * steps.stepMs;
}

/** How many steps fit between start and end, both included; an instant query has one. */
export function stepCount(startMs: number, endMs: number, stepMs: number): number {
  if (endMs < startMs) return 0;
  return stepMs <= 0 ? 1 : Math.floor((endMs - startMs) / stepMs) + 1;
}

/** All of them, ms. */
export function allTimes(steps: Steps): Float64Array {
  const times = new Float64Array(steps.count);
  for (let step = 0; step < steps.count; step++) times[step] = timeOf(steps, step);
  return times;
}
