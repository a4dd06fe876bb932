import type { NativeHistogram } from "@sightline/shared/model/histogram";
import type { SeriesSamples } from "@sightline/shared/model/sample";
import { stableOrder } from "./stable-order.ts";
import type { Timeline } from "./timeline.ts";

const NONE = new Float64Array(0);

/**
 * Samples of one series gathered from blocks and head. Of two samples of one time the one gathered later is kept:
 * gather in order of arrival, and the last write wins.
 */
export class SampleRun {
  values: Float64Array = NONE;
  length = 0;
  unsorted = false;
  /** Whether the values, of which there are some, are known to ascend, as packed columns tell: none is NaN or less than the one before. */
  #ascending = false;
  /** While samples come in columns their times are on the timeline; empty then. */
  #times: Float64Array = NONE;
  #line: Timeline | null = null;
  #histograms: (NativeHistogram | undefined)[] | undefined;

  /** Of series that are gathered together, which have an empty `line` and each some `room` for values of its own; nothing when there are samples already. */
  begin(line: Timeline, room: Float64Array): void {
    if (this.length > 0 || this.#histograms !== undefined) return;
    this.#line = line;
    this.#times = NONE;
    this.values = room;
  }

  push(t: number, value: number): void {
    this.#leaveLine();
    if (this.length === this.values.length) this.#grow(this.length + 1);
    if (this.length > 0 && t <= (this.#times[this.length - 1] as number)) this.unsorted = true;
    if (this.#ascending && !(value >= (this.values[this.length - 1] as number))) this.#ascending = false;
    this.#times[this.length] = t;
    this.values[this.length] = value;
    this.length += 1;
  }

  /** `value` where there is no histogram after all. */
  pushHistogram(t: number, histogram: NativeHistogram | undefined, value = 0): void {
    this.push(t, value);
    this.#ascending = false;
    this.#histograms ??= [];
    this.#histograms[this.length - 1] = histogram;
  }

  /** Empty again, with the room it has; what `settle` gave before is overwritten from now on. */
  clear(): void {
    this.#leaveLine();
    this.length = 0;
    this.unsorted = false;
    this.#ascending = false;
    this.#histograms = undefined;
  }

  get times(): Float64Array {
    return this.#line?.times() ?? firstOf(this.#times, this.length);
  }

  /** The part of columns that are sorted from `start` on with startMs < t <= endMs. */
  pushColumns(
    times: Float64Array,
    values: Float64Array,
    histograms: readonly NativeHistogram[] | null,
    startMs: number,
    endMs: number,
    start = 0,
  ): void {
    const from = firstAfter(times, startMs, start);
    const to = firstAfter(times, endMs, start);
    if (from >= to) return;
    const at = this.room(to - from);
    copy(values, from, to, this.values, at);
    this.#took(times, from, to, false, this.#ascending && histograms === null && ascends(this.values, at, at + to - from));
    if (histograms !== null) {
      this.#histograms ??= [];
      for (let i = from; i < to; i++) this.#histograms[at + i - from] = histograms[i];
    }
  }

  /** Where in `values` the next `samples` go; `took` says that they are there. */
  room(samples: number): number {
    this.#grow(this.length + samples);
    return this.length;
  }

  /** The values of times[from … to), of a column that nobody writes to again, have been put where `room` said, and may be known to ascend. */
  took(times: Float64Array, from: number, to: number, ascending: boolean): void {
    this.#took(times, from, to, true, ascending);
  }

  #took(times: Float64Array, from: number, to: number, lasting: boolean, ascending: boolean): void {
    const { length, values } = this;
    this.#ascending = ascending && (length === 0 || (this.#ascending && (values[length] as number) >= (values[length - 1] as number)));
    if (this.#line !== null) this.#line = this.#line.extended(times, from, to, lasting);
    else {
      if (this.length > 0 && (times[from] as number) <= (this.#times[this.length - 1] as number)) this.unsorted = true;
      copy(times, from, to, this.#times, this.length);
    }
    this.length += to - from;
  }

  /** From now on with times of its own. */
  #leaveLine(): void {
    if (this.#line === null) return;
    this.#times = new Float64Array(this.values.length);
    this.#times.set(this.#line.times());
    if (this.#line.unsorted) this.unsorted = true;
    this.#line = null;
  }

  /** Sorts if needed and drops all but the last of equal times. The times may be those of other series, too. */
  settle(): SeriesSamples {
    if (this.unsorted || this.#line?.unsorted === true) this.#sort();
    const timestamps = this.times;
    const values = firstOf(this.values, this.length);
    if (this.#histograms === undefined) return this.#ascending ? { timestamps, values, ascending: values } : { timestamps, values };
    const histograms = this.#histograms;
    return { timestamps, values, histograms: Array.from({ length: this.length }, (_, i) => histograms[i]) };
  }

  #sort(): void {
    this.#leaveLine();
    const order = stableOrder(this.#times, this.length);
    const times = new Float64Array(this.length);
    const values = new Float64Array(this.length);
    const histograms: (NativeHistogram | undefined)[] = [];
    let count = 0;
    for (let i = 0; i < order.length; i++) {
      const from = order[i] as number;
      const t = this.#times[from] as number;
      if (count > 0 && times[count - 1] === t) count -= 1;
      times[count] = t;
      values[count] = this.values[from] as number;
      histograms[count] = this.#histograms?.[from];
      count += 1;
    }
    this.#times = times;
    this.values = values;
    if (this.#histograms !== undefined) this.#histograms = histograms.slice(0, count);
    this.length = count;
    this.unsorted = false;
    this.#ascending = false;
  }

  #grow(needed: number): void {
    if (needed <= this.values.length) return;
    // What comes first is mostly all: of very many series with a sample or two each, room for more would be most of what they hold.
    const capacity = this.length === 0 ? needed : Math.max(64, needed, this.values.length * 2);
    const values = new Float64Array(capacity);
    copy(this.values, 0, this.length, values, 0);
    this.values = values;
    if (this.#line !== null) return;
    const times = new Float64Array(capacity);
    copy(this.#times, 0, this.length, times, 0);
    this.#times = times;
  }
}

/** Of values[from … to), which are some. */
function ascends(values: Float64Array, from: number, to: number): boolean {
  let before = values[from] as number;
  if (before !== before) return false;
  for (let i = from + 1; i < to; i++) {
    const value = values[i] as number;
    if (!(value >= before)) return false;
    before = value;
  }
  return true;
}

/** Samples below which they are copied one by one: a view of them costs more. */
const FEW = 16;

function copy(from: Float64Array, start: number, end: number, to: Float64Array, at: number): void {
  if (end - start < FEW) for (let i = start; i < end; i++) to[at++] = from[i] as number;
  else to.set(start === 0 && end === from.length ? from : from.subarray(start, end), at);
}

/** The first `length`; not a view of all where that is all. */
const firstOf = (column: Float64Array, length: number): Float64Array => (column.length === length ? column : column.subarray(0, length));

/** Index of the first of `times` after `t`, which ascend from `start` on. */
export function firstAfter(times: Float64Array, t: number, start = 0): number {
  const last = times[times.length - 1];
  if (last === undefined || last <= t) return times.length;
  let low = start;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((times[middle] as number) <= t) low = middle + 1;
    else high = middle;
  }
  return low;
}
