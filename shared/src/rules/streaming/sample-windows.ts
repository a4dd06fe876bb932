/**
 * The newest samples of watched series: what streaming rules look at, exactly. Each series has one block of memory, its newest sample
 * and the bounds of its window before the window itself, in pages that all share, so that a sample touches two to four cache lines
 * and no object. One series is looked at at a time, see `seek`.
 */
import { isStale } from "../../model/sample.ts";

/** Doubles of a block: ms, value, ms. */
const LAST_TIME = 0;
const LAST_VALUE = 1;
const RANGE = 2;
/**
 * Integers, two to a double: how many samples of the window are less than the one before, and places in the page. The window slides from the
 * start of its room to the limit, and back.
 */
const FALLS = 6;
const FIRST = 7;
const END = 8;
const LIMIT = 9;
/** Then the window's room, doubles; from an even place on, so that no sample lies in two cache lines. */
const HEAD = 6;
const SMALLEST_ROOM = 32;

const PAGE_BITS = 15;
const PAGE = 1 << PAGE_BITS;

/** The same memory twice. */
interface Page {
  readonly doubles: Float64Array;
  readonly integers: Int32Array;
}

export class SampleWindows {
  /** A block larger than a page has one of its own. */
  readonly #pages: Page[] = [];
  /** Doubles of the last page that are in use. */
  #used = PAGE;
  /** Blocks that their series have outgrown, by size. */
  readonly #spare = new Map<number, number[]>();
  /** By slot: place of a block, by page and in it. */
  readonly #blocks: number[] = [];
  /** The series that is looked at, and its block. */
  #slot = 0;
  #at = 0;
  #integers: Page["integers"] = new Int32Array(0);
  /** Its page: the window's times and values by turns, oldest first, from `first` to before `end`. */
  samples: Page["doubles"] = new Float64Array(0);

  /** The slot, 0, 1, 2 …, of a series that has sent nothing yet. `rangeMs`: how long its window is; 0 when the newest sample is enough. */
  add(rangeMs: number): number {
    const room = rangeMs === 0 ? 0 : SMALLEST_ROOM;
    const slot = this.#blocks.push(this.#take(room)) - 1;
    this.seek(slot);
    this.samples.fill(0, this.#at, this.#at + HEAD);
    this.samples[this.#at + RANGE] = rangeMs;
    this.#settle(0, room);
    return slot;
  }

  /** Everything else is about this series from now on. */
  seek(slot: number): this {
    const block = this.#blocks[slot] as number;
    const page = this.#pages[block >>> PAGE_BITS] as Page;
    this.#slot = slot;
    this.#at = block & (PAGE - 1);
    this.#integers = page.integers;
    this.samples = page.doubles;
    return this;
  }

  /** Of the newest sample or stale marker, ms; 0 before any. */
  get lastTime(): number {
    return this.samples[this.#at + LAST_TIME] as number;
  }

  get lastValue(): number {
    return this.samples[this.#at + LAST_VALUE] as number;
  }

  get rangeMs(): number {
    return this.samples[this.#at + RANGE] as number;
  }

  get first(): number {
    return this.#integers[this.#at * 2 + FIRST] as number;
  }

  get end(): number {
    return this.#integers[this.#at * 2 + END] as number;
  }

  /** Of any time: in the window a late sample takes its place, one of the same time is replaced, and one too old is left out. */
  remember(tMs: number, value: number): void {
    const { samples, rangeMs } = this;
    if (tMs >= this.lastTime) {
      samples[this.#at + LAST_TIME] = tMs;
      samples[this.#at + LAST_VALUE] = value;
    }
    if (rangeMs === 0) return;
    const { first, end } = this;
    const newest = first === end ? -Infinity : (samples[end - 2] as number);
    // A stale marker ends the series for instant selectors and is not a sample to range functions.
    if (isStale(value)) {
      if (tMs <= newest) this.#refill([], tMs);
    } else if (tMs > newest) this.#push(tMs, value);
    else if (tMs > newest - rangeMs) this.#refill([[tMs, value]], tMs);
  }

  /** Place of the first sample newer than `tMs`, or the end. */
  firstAfter(tMs: number): number {
    const { samples } = this;
    let low = this.first;
    let high = this.end;
    // Of the longest range on a series that is the oldest of all.
    if (low === high || (samples[low] as number) > tMs) return low;
    while (low < high) {
      const middle = low + ((high - low) >> 2) * 2;
      if ((samples[middle] as number) <= tMs) low = middle + 2;
      else high = middle;
    }
    return low;
  }

  /** Growth from the sample at a place to the newest, read as a counter: most have no resets to look for. */
  growthFrom(place: number): number {
    const { samples, end } = this;
    let growth = (samples[end - 1] as number) - (samples[place + 1] as number);
    if (this.#integers[this.#at * 2 + FALLS] === 0) return growth;
    for (let i = place + 3; i < end; i += 2) if ((samples[i] as number) < (samples[i - 2] as number)) growth += samples[i - 2] as number;
    return growth;
  }

  /** Late samples are few: all are taken out and put back with what is of this time now. */
  #refill(now: readonly (readonly [t: number, value: number])[], tMs: number): void {
    const taken = this.samples.slice(this.first, this.end);
    const samples = Array.from({ length: taken.length / 2 }, (_, i) => [taken[i * 2] as number, taken[i * 2 + 1] as number] as const);
    this.#integers[this.#at * 2 + FALLS] = 0;
    this.#integers[this.#at * 2 + END] = this.first;
    const [before, after] = [samples.filter(([t]) => t < tMs), samples.filter(([t]) => t > tMs)];
    for (const [t, value] of [...before, ...now, ...after]) this.#push(t, value);
  }

  /** A sample newer than all others. */
  #push(tMs: number, value: number): void {
    const until = tMs - this.rangeMs;
    while (this.first < this.end && (this.samples[this.first] as number) <= until) this.#evict();
    if (this.end === this.#integers[this.#at * 2 + LIMIT]) this.#makeRoom();
    const { samples, end } = this;
    if (this.first < end && value < (samples[end - 1] as number)) this.#fell(1);
    samples[end] = tMs;
    samples[end + 1] = value;
    this.#integers[this.#at * 2 + END] = end + 2;
  }

  #evict(): void {
    const { samples, first, end } = this;
    if (first + 2 < end && (samples[first + 3] as number) < (samples[first + 1] as number)) this.#fell(-1);
    this.#integers[this.#at * 2 + FIRST] = first + 2;
  }

  #fell(times: number): void {
    this.#integers[this.#at * 2 + FALLS] = (this.#integers[this.#at * 2 + FALLS] as number) + times;
  }

  /** Back to the start of its room, or where less than a sixteenth would be free, to a room of twice the size. */
  #makeRoom(): void {
    const { samples, first, end } = this;
    const at = this.#at;
    const room = end - at - HEAD;
    if ((first - at - HEAD) * 16 >= room) {
      samples.copyWithin(at + HEAD, first, end);
      this.#settle(end - first, room);
      return;
    }
    const block = this.#blocks[this.#slot] as number;
    this.#blocks[this.#slot] = this.#take(room * 2);
    this.seek(this.#slot);
    this.samples.set(samples.subarray(at, at + HEAD), this.#at);
    this.samples.set(samples.subarray(first, end), this.#at + HEAD);
    this.#settle(end - first, room * 2);
    const spare = this.#spare.get(room);
    if (spare === undefined) this.#spare.set(room, [block]);
    else spare.push(block);
  }

  #settle(length: number, room: number): void {
    const start = this.#at + HEAD;
    this.#integers[this.#at * 2 + FIRST] = start;
    this.#integers[this.#at * 2 + END] = start + length;
    this.#integers[this.#at * 2 + LIMIT] = start + room;
  }

  /** The place of a block with such a room, which holds anything. */
  #take(room: number): number {
    const spare = this.#spare.get(room)?.pop();
    if (spare !== undefined) return spare;
    const size = HEAD + room;
    if (this.#used + size > PAGE) {
      const doubles = new Float64Array(Math.max(PAGE, size));
      this.#pages.push({ doubles, integers: new Int32Array(doubles.buffer) });
      this.#used = 0;
    }
    this.#used += size;
    return (this.#pages.length - 1) * PAGE + this.#used - size;
  }
}
