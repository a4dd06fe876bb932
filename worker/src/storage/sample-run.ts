import type { NativeHistogram } from "@sightline/shared/model/histogram";
import type { SeriesSamples } from "@sightline/shared/model/sample";

/**
 * Samples of one series gathered from blocks and head. Of two samples of one time the one gathered later is kept:
 * gather in order of arrival, and the last write wins.
 */
export class SampleRun {
  times = new Float64Array(64);
  values = new Float64Array(64);
  length = 0;
  unsorted = false;
  #histograms: (NativeHistogram | undefined)[] | undefined;

  push(t: number, value: number): void {
    if (this.length === this.times.length) this.#grow(this.length + 1);
    if (this.length > 0 && t <= (this.times[this.length - 1] as number)) this.unsorted = true;
    this.times[this.length] = t;
    this.values[this.length] = value;
    this.length += 1;
  }

  /** `value` where there is no histogram after all. */
  pushHistogram(t: number, histogram: NativeHistogram | undefined, value = 0): void {
    this.push(t, value);
    this.#histograms ??= [];
    this.#histograms[this.length - 1] = histogram;
  }

  /** Empty again, with the room it has; what `settle` gave before is overwritten from now on. */
  clear(): void {
    this.length = 0;
    this.unsorted = false;
    this.#histograms = undefined;
  }

  histogram(index: number): NativeHistogram | undefined {
    return this.#histograms?.[index];
  }

  /** The part of sorted columns with startMs < t <= endMs. */
  pushColumns(
    times: Float64Array,
    values: Float64Array,
    histograms: readonly NativeHistogram[] | null,
    startMs: number,
    endMs: number,
  ): void {
    const from = firstAfter(times, startMs);
    const to = firstAfter(times, endMs);
    if (from >= to) return;
    this.#grow(this.length + to - from);
    if (this.length > 0 && (times[from] as number) <= (this.times[this.length - 1] as number)) this.unsorted = true;
    this.times.set(times.subarray(from, to), this.length);
    this.values.set(values.subarray(from, to), this.length);
    if (histograms !== null) {
      this.#histograms ??= [];
      for (let i = from; i < to; i++) this.#histograms[this.length + i - from] = histograms[i];
    }
    this.length += to - from;
  }

  /** Sorts if needed and drops all but the last of equal times. */
  settle(): SeriesSamples {
    if (this.unsorted) this.#sort();
    const timestamps = this.times.subarray(0, this.length);
    const values = this.values.subarray(0, this.length);
    if (this.#histograms === undefined) return { timestamps, values };
    const histograms = this.#histograms;
    return { timestamps, values, histograms: Array.from({ length: this.length }, (_, i) => histograms[i]) };
  }

  #sort(): void {
    const order = new Uint32Array(this.length);
    for (let i = 0; i < order.length; i++) order[i] = i;
    order.sort((a, b) => (this.times[a] as number) - (this.times[b] as number) || a - b);
    const times = new Float64Array(this.length);
    const values = new Float64Array(this.length);
    const histograms: (NativeHistogram | undefined)[] = [];
    let count = 0;
    for (let i = 0; i < order.length; i++) {
      const from = order[i] as number;
      const t = this.times[from] as number;
      if (count > 0 && times[count - 1] === t) count -= 1;
      times[count] = t;
      values[count] = this.values[from] as number;
      histograms[count] = this.#histograms?.[from];
      count += 1;
    }
    this.times = times;
    this.values = values;
    if (this.#histograms !== undefined) this.#histograms = histograms.slice(0, count);
    this.length = count;
    this.unsorted = false;
  }

  /** Makes room where the number of samples to come is known about. */
  reserve(samples: number): void {
    this.#grow(samples, samples);
  }

  #grow(needed: number, capacity = Math.max(needed, this.times.length * 2)): void {
    if (needed <= this.times.length) return;
    const times = new Float64Array(capacity);
    times.set(this.times.subarray(0, this.length));
    const values = new Float64Array(capacity);
    values.set(this.values.subarray(0, this.length));
    this.times = times;
    this.values = values;
  }
}

/** Index of the first of ascending `times` after `t`. */
export function firstAfter(times: Float64Array, t: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((times[middle] as number) <= t) low = middle + 1;
    else high = middle;
  }
  return low;
}
