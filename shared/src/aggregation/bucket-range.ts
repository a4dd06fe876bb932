/** A contiguous run of bucket counts that grows at both ends; the storage of one sign of an exponential histogram. */
import type { BucketSpan } from "../model/histogram.ts";

export class BucketRange {
  /** Index of the first bucket held; meaningless while empty. */
  start = 0;
  length = 0;
  #counts = new Float64Array(8);
  #head = 0;

  /** Buckets that would be held if `index` were added. */
  spanWith(index: number): number {
    if (this.length === 0) return 1;
    return Math.max(this.start + this.length - 1, index) - Math.min(this.start, index) + 1;
  }

  add(index: number, count: number): void {
    if (this.length === 0) {
      this.start = index;
      this.length = 1;
      this.#head = 0;
      this.#counts.fill(0);
    } else if (index < this.start || index >= this.start + this.length) {
      this.#extendTo(index);
    }
    const at = this.#head + index - this.start;
    this.#counts[at] = (this.#counts[at] ?? 0) + count;
  }

  #extendTo(index: number): void {
    const start = Math.min(this.start, index);
    const length = this.spanWith(index);
    const shift = this.start - start;
    if (this.#head - shift >= 0 && this.#head - shift + length <= this.#counts.length) {
      this.#head -= shift;
    } else {
      const size = Math.max(this.#counts.length, 2 ** Math.ceil(Math.log2(length)));
      const counts = new Float64Array(size);
      const head = Math.floor((size - length) / 2);
      counts.set(this.#counts.subarray(this.#head, this.#head + this.length), head + shift);
      this.#counts = counts;
      this.#head = head;
    }
    this.start = start;
    this.length = length;
  }

  /** Halves the resolution once: buckets 2k-1 and 2k become bucket k. */
  halve(): void {
    if (this.length === 0) return;
    const old = this.#counts.slice(this.#head, this.#head + this.length);
    const first = this.start;
    this.length = 0;
    for (let i = 0; i < old.length; i++) {
      const count = old[i] ?? 0;
      if (count !== 0) this.add(Math.ceil((first + i) / 2), count);
    }
  }

  clear(): void {
    this.length = 0;
  }

  forEach(visit: (index: number, count: number) => void): void {
    for (let i = 0; i < this.length; i++) {
      const count = this.#counts[this.#head + i] ?? 0;
      if (count !== 0) visit(this.start + i, count);
    }
  }
}

/** Ascending non-empty buckets as Prometheus's spans and counts. */
export function toSpans(buckets: Iterable<readonly [index: number, count: number]>): { spans: BucketSpan[]; counts: number[] } {
  const spans: { offset: number; length: number }[] = [];
  const counts: number[] = [];
  let next = 0;
  for (const [index, count] of buckets) {
    const last = spans.at(-1);
    if (last !== undefined && index === next) last.length++;
    else spans.push({ offset: last === undefined ? index : index - next, length: 1 });
    counts.push(count);
    next = index + 1;
  }
  return { spans, counts };
}

/** The inverse of `toSpans`, empty buckets included. */
export function* fromSpans(spans: readonly BucketSpan[], counts: readonly number[]): Generator<readonly [index: number, count: number]> {
  let index = 0;
  let at = 0;
  for (const span of spans) {
    index += span.offset;
    for (let i = 0; i < span.length; i++) yield [index++, counts[at++] ?? 0];
  }
}
