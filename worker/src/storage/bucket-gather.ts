import type { ByteReader } from "@sightline/shared/encoding/byte-reader";
import { withStale } from "@sightline/shared/aggregation/rollup";
import type { NativeHistogram } from "@sightline/shared/model/histogram";
import type { RollupColumns } from "@sightline/shared/model/rollup";
import { readExtension, readRollupInto } from "./rollup-chunk.ts";
import { EXTENDED_ROLLUP, ROLLUP } from "./run-row.ts";
import { firstAfter } from "./sample-run.ts";
import { SketchRoom } from "./sketch-room.ts";

/** What is asked for of each series: buckets with afterMs < end <= untilMs. */
export interface GatherTerms {
  readonly resolutionMs: number;
  readonly afterMs: number;
  readonly untilMs: number;
  /** As of `TierChoice`. */
  readonly goneMs: number;
  readonly sketched: boolean;
  /** How many chunks a series may have, more or less. */
  readonly chunks: number;
}

const NONE = new Float64Array(0);
const columnsOf = (column: () => Float64Array<ArrayBuffer>) => ({
  ends: column(),
  counts: column(),
  sums: column(),
  mins: column(),
  maxs: column(),
  firsts: column(),
  lasts: column(),
  firstTimes: column(),
  lastTimes: column(),
  innerIncreases: column(),
});
type Columns = ReturnType<typeof columnsOf>;
const NAMES = Object.keys(columnsOf(() => NONE)) as readonly (keyof Columns)[];
/** Room for a year of days is not made before the first of them has been seen. */
const MOST_AT_ONCE = 4096;

/** The aggregates of one series, gathered in order of time from the chunks of its days. */
export class BucketGather {
  readonly #terms: GatherTerms;
  /** Made with the first chunk: a tier that holds every tenth series makes room for these only. */
  #columns: Columns | null = null;
  #room = 0;
  #length = 0;
  readonly #sketches = new SketchRoom();
  /** Of the first buckets, once there were any. */
  #digests: (readonly NativeHistogram[])[] | null = null;
  #staleTimes: number[] | null = null;
  /** Chunks that were read from the tier. */
  chunks = 0;
  /** Some bucket that should have a distribution has none, and some has one. */
  sketchless = false;
  #sketched = false;

  constructor(terms: GatherTerms) {
    this.#terms = terms;
  }

  /** Nothing was given to it, not even buckets outside what is asked for. */
  get empty(): boolean {
    return this.#columns === null;
  }

  /** Some bucket is of histograms. */
  get hasDigests(): boolean {
    return this.#digests !== null;
  }

  /** One chunk of the tier, unless it is of a kind that is not known. Throws RangeError for bytes that are none, and is then as before. */
  read(kind: number, reader: ByteReader, ends: Float64Array): void {
    if (kind !== ROLLUP && kind !== EXTENDED_ROLLUP) return;
    const { digests, staleAfter } = kind === ROLLUP ? {} : readExtension(reader, ends.length);
    const from = firstAfter(ends, this.#terms.afterMs);
    const to = firstAfter(ends, this.#terms.untilMs);
    const at = this.#length;
    const columns = this.#columnsFor(ends.length);
    const hasSketches = readRollupInto(reader, ends, columns, at);
    if (hasSketches && this.#terms.sketched) {
      this.#sketches.read(reader, from, to, this.#room);
      this.#sketched = true;
    } else this.#withoutSketches(to - from);
    columns.ends.set(ends, at);
    if (from > 0) for (const name of NAMES) columns[name].copyWithin(at, at + from, at + to);
    // The last times are where they were read to, less what lies before `from`.
    const ended = staleAfter?.map((after, i) => (after === 0 ? Infinity : (columns.lastTimes[at + i - from] as number) + after));
    this.#appendRare(digests, ended, from, to);
    this.#length += to - from;
    this.chunks += 1;
  }

  /** Aggregates that were made of raw samples. */
  append(made: RollupColumns): void {
    const from = firstAfter(made.ends, this.#terms.afterMs);
    const to = firstAfter(made.ends, this.#terms.untilMs);
    const columns = this.#columnsFor(to - from);
    for (const name of NAMES) columns[name].set(made[name].subarray(from, to), this.#length);
    if (made.sketches !== undefined && this.#terms.sketched) {
      this.#sketches.append(made.sketches, from, to, this.#room);
      this.#sketched = true;
    } else this.#withoutSketches(to - from);
    this.#appendRare(made.digests, made.staleTimes, from, to);
    this.#length += to - from;
  }

  #withoutSketches(buckets: number): void {
    this.sketchless = true;
    if (this.#terms.sketched) this.#sketches.pass(buckets, this.#room);
  }

  /** What few series have, in columns that begin with the first bucket that has it. */
  #appendRare(digests: RollupColumns["digests"], staleTimes: RollupColumns["staleTimes"], from: number, to: number): void {
    if (digests !== undefined || this.#digests !== null) {
      const all = (this.#digests ??= Array.from({ length: this.#length }, () => []));
      for (let i = from; i < to; i++) all.push(digests?.[i] ?? []);
    }
    if (staleTimes !== undefined || this.#staleTimes !== null) {
      const all = (this.#staleTimes ??= Array.from({ length: this.#length }, () => Infinity));
      for (let i = from; i < to; i++) all.push(staleTimes?.[i] ?? Infinity);
    }
  }

  finish(): RollupColumns {
    const length = this.#length;
    const whole = this.#columns ?? columnsOf(() => NONE);
    // What lies behind is not worth a copy unless it is much.
    const fit = (column: Float64Array): Float64Array =>
      column.length === length ? column : length * 2 < column.length ? column.slice(0, length) : column.subarray(0, length);
    const { ends, counts, sums, mins, maxs, firsts, lasts, firstTimes, lastTimes, innerIncreases } = whole;
    const { resolutionMs, goneMs } = this.#terms;
    const columns = {
      ...(goneMs > (ends[length - 1] ?? Infinity) ? { goneMs } : {}),
      ...(this.#digests === null ? {} : { digests: this.#digests }),
      ...(this.#staleTimes === null ? {} : withStale(Float64Array.from(this.#staleTimes))),
      resolutionMs,
      ends: fit(ends),
      counts: fit(counts),
      sums: fit(sums),
      mins: fit(mins),
      maxs: fit(maxs),
      firsts: fit(firsts),
      lasts: fit(lasts),
      firstTimes: fit(firstTimes),
      lastTimes: fit(lastTimes),
      innerIncreases: fit(innerIncreases),
    };
    return this.#sketched ? { ...columns, sketches: this.#sketches.columns() } : columns;
  }

  /** With room for so many more. */
  #columnsFor(more: number): Columns {
    if (this.#columns !== null && this.#length + more <= this.#room) return this.#columns;
    this.#room = Math.max(this.#length + more, this.#columns === null ? Math.min(more * this.#terms.chunks, MOST_AT_ONCE) : 2 * this.#room);
    const before = this.#columns;
    const after = columnsOf(() => new Float64Array(this.#room));
    if (before !== null) for (const name of NAMES) after[name].set(before[name].subarray(0, this.#length));
    return (this.#columns = after);
  }
}
