import type { NativeHistogram } from "@sightline/shared/model/histogram";
import { SampleRun } from "./sample-run.ts";

const PAGE = 32;
const PAGES_PER_SLAB = 1024;
const HISTOGRAM = 1;

/**
 * Samples not yet in a block, in slabs of pages of 32 samples; each series is a chain of pages in order of arrival.
 * No object per sample (histograms excepted, which are objects wherever they come from).
 */
export class Head {
  /** Time (ms) and value of each series' newest sample, stored ones included; -Infinity before the first. */
  lastTime = new Float64Array(0);
  lastValue = new Float64Array(0);
  #firstPage = new Int32Array(0);
  #lastPage = new Int32Array(0);
  /** Samples in the last page. */
  #fill = new Uint8Array(0);
  #unsorted = new Uint8Array(0);
  #nextPage = new Int32Array(PAGES_PER_SLAB);
  #pageKind = new Uint8Array(PAGES_PER_SLAB);
  #times: Float64Array[] = [];
  #values: Float64Array[] = [];
  #pages = 0;
  #histograms: NativeHistogram[] = [];
  #buckets = 0;
  #samples = 0;

  get samples(): number {
    return this.#samples;
  }

  /** Bytes of slabs and histograms, roughly. */
  get bytes(): number {
    return this.#pages * PAGE * 16 + this.#buckets * 8 + this.#histograms.length * 200;
  }

  grow(series: number): void {
    const size = this.lastTime.length;
    if (series <= size) return;
    const target = Math.max(series, size * 2, 256);
    const widen = <A extends Float64Array | Int32Array | Uint8Array>(from: A, to: A, rest: number): A => {
      to.set(from);
      to.fill(rest, size);
      return to;
    };
    this.lastTime = widen(this.lastTime, new Float64Array(target), -Infinity);
    this.lastValue = widen(this.lastValue, new Float64Array(target), 0);
    this.#firstPage = widen(this.#firstPage, new Int32Array(target), -1);
    this.#lastPage = widen(this.#lastPage, new Int32Array(target), -1);
    this.#fill = widen(this.#fill, new Uint8Array(target), 0);
    this.#unsorted = widen(this.#unsorted, new Uint8Array(target), 0);
  }

  append(ref: number, t: number, value: number): void {
    this.#put(ref, t, value, 0);
    if (t >= (this.lastTime[ref] as number)) {
      this.lastTime[ref] = t;
      this.lastValue[ref] = value;
    }
  }

  appendHistogram(ref: number, t: number, histogram: NativeHistogram): void {
    this.#put(ref, t, this.#histograms.length, HISTOGRAM);
    this.#histograms.push(histogram);
    this.#buckets += histogram.positiveBuckets.length + histogram.negativeBuckets.length;
    if (t >= (this.lastTime[ref] as number)) {
      this.lastTime[ref] = t;
      this.lastValue[ref] = histogram.count;
    }
  }

  #put(ref: number, t: number, value: number, kind: number): void {
    let page = this.#lastPage[ref] as number;
    let fill = this.#fill[ref] as number;
    if (page < 0 || fill === PAGE || this.#pageKind[page] !== kind) {
      // A page that is left before it is full ends with a time no sample can have.
      if (page >= 0 && fill < PAGE) (this.#times[page >> 10] as Float64Array)[(page & 1023) * PAGE + fill] = Infinity;
      const added = this.#addPage(kind);
      if (page < 0) this.#firstPage[ref] = added;
      else this.#nextPage[page] = added;
      this.#lastPage[ref] = page = added;
      fill = 0;
    }
    const at = (page & 1023) * PAGE + fill;
    (this.#times[page >> 10] as Float64Array)[at] = t;
    (this.#values[page >> 10] as Float64Array)[at] = value;
    this.#fill[ref] = fill + 1;
    if (t <= (this.lastTime[ref] as number)) this.#unsorted[ref] = 1;
    this.#samples += 1;
  }

  #addPage(kind: number): number {
    const page = this.#pages++;
    if (page >> 10 >= this.#times.length) {
      this.#times.push(new Float64Array(PAGES_PER_SLAB * PAGE));
      this.#values.push(new Float64Array(PAGES_PER_SLAB * PAGE));
    }
    if (page >= this.#nextPage.length) {
      const next = new Int32Array(this.#nextPage.length * 2);
      next.set(this.#nextPage);
      this.#nextPage = next;
      const kinds = new Uint8Array(next.length);
      kinds.set(this.#pageKind);
      this.#pageKind = kinds;
    }
    this.#nextPage[page] = -1;
    this.#pageKind[page] = kind;
    return page;
  }

  has(ref: number): boolean {
    return (this.#firstPage[ref] ?? -1) >= 0;
  }

  /** Adds a series' samples with startMs < t <= endMs, in order of arrival; the run sorts itself if they were not in order of time. */
  read(ref: number, startMs: number, endMs: number, into: SampleRun): void {
    let page = this.#firstPage[ref] ?? -1;
    if (page < 0) return;
    if (this.#unsorted[ref] === 1) into.unsorted = true;
    while (page >= 0) {
      const times = this.#times[page >> 10] as Float64Array;
      const values = this.#values[page >> 10] as Float64Array;
      const from = (page & 1023) * PAGE;
      const to = from + (page === this.#lastPage[ref] ? (this.#fill[ref] as number) : PAGE);
      const histograms = this.#pageKind[page] === HISTOGRAM;
      for (let i = from; i < to; i++) {
        const t = times[i] as number;
        if (t === Infinity) break;
        if (t <= startMs || t > endMs) continue;
        if (histograms) into.pushHistogram(t, this.#histograms[values[i] as number]);
        else into.push(t, values[i] as number);
      }
      page = this.#nextPage[page] as number;
    }
  }

  /** True when the series has a sample of exactly this time here; `same` tells whether its value has the same bits. */
  holds(ref: number, t: number, value: number): { readonly same: boolean } | null {
    const run = new SampleRun();
    this.read(ref, t - 0.5, t, run);
    const last = run.length - 1;
    return last < 0 ? null : { same: Object.is(run.values[last], value) && run.histogram(last) === undefined };
  }

  /** Forgets the samples (they are in blocks now), keeps last times and values, and gives back slabs beyond the first few. */
  clear(): void {
    this.#firstPage.fill(-1);
    this.#lastPage.fill(-1);
    this.#fill.fill(0);
    this.#unsorted.fill(0);
    this.#pages = 0;
    this.#times.length = Math.min(this.#times.length, 8);
    this.#values.length = this.#times.length;
    this.#histograms = [];
    this.#buckets = 0;
    this.#samples = 0;
  }
}
