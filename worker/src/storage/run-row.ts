/**
 * One row of a run: chunks of many series in the order of the run, with their directory in columns (SCHEMA.md). A row is
 * read without any other. Time columns that repeat (series of one sender share their clock) are stored once a row.
 */
import { ByteReader } from "@sightline/shared/encoding/byte-reader";
import { ByteWriter } from "@sightline/shared/encoding/byte-writer";
import { decodeHistograms, encodeHistograms } from "@sightline/shared/encoding/histogram-column";
import { type ColumnEncoder, decodePacked, decodePackedInto, encodePacked } from "@sightline/shared/encoding/packed-column";
import type { NativeHistogram } from "@sightline/shared/model/histogram";
import { seal } from "./sealed-blob.ts";
import { TimeColumns } from "./time-columns.ts";

export const RUN_VERSION = 1;
export const FLOATS = 0;
const HISTOGRAMS = 1;
export const ROLLUP = 2;
/** With what the former cannot tell: a build that does not know it reads raw samples. */
export const EXTENDED_ROLLUP = 3;
export const CHUNK_SAMPLES = 8192;

/** Collects chunks, given in the order of the run; `finish` gives the row and starts the next. */
export class RunRowPacker {
  /** Where the columns of the chunk that is being added go; see `end`. */
  readonly body = new ByteWriter(65_536);
  readonly #encode: ColumnEncoder;
  #times: TimeColumns;
  #refs: number[] = [];
  #kinds: number[] = [];
  #timeIds: number[] = [];
  #sizes: number[] = [];
  #from = 0;
  minTime = Infinity;
  maxTime = -Infinity;
  samples = 0;

  constructor(encode: ColumnEncoder) {
    this.#encode = encode;
    this.#times = new TimeColumns(encode);
  }

  get chunks(): number {
    return this.#refs.length;
  }

  /** Of the row, roughly. */
  get bytes(): number {
    return this.body.length + this.#times.bytes + this.#refs.length * 3;
  }

  /** The samples [from, to) of parallel columns. */
  floats(ref: number, times: Float64Array, values: Float64Array, from: number, to: number): void {
    this.#encode(this.body, values, from, to);
    this.end(ref, FLOATS, times, from, to);
  }

  /** As many as there are times in [from, to). */
  histograms(ref: number, times: Float64Array, histograms: readonly NativeHistogram[], from: number, to: number): void {
    encodeHistograms(this.body, histograms);
    this.end(ref, HISTOGRAMS, times, from, to);
  }

  /** What was written to `body` since the last chunk is the chunk of `ref` with `times[from … to)`. */
  end(ref: number, kind: number, times: Float64Array, from: number, to: number): void {
    this.#refs.push(ref);
    this.#kinds.push(kind);
    this.#timeIds.push(this.#times.share(times, from, to));
    this.#sizes.push(this.body.length - this.#from);
    this.#from = this.body.length;
    this.samples += to - from;
    this.minTime = Math.min(this.minTime, times[from] as number);
    this.maxTime = Math.max(this.maxTime, times[to - 1] as number);
  }

  finish(): Uint8Array<ArrayBuffer> {
    const row = new ByteWriter(this.bytes + 1024);
    row.varint(this.#refs.length);
    this.#times.write(row);
    for (const column of [this.#refs, this.#timeIds, this.#kinds, this.#sizes]) encodePacked(row, Float64Array.from(column), column.length);
    row.bytes(this.#times.body());
    row.bytes(this.body.view());
    this.body.clear();
    this.#times = new TimeColumns(this.#encode);
    this.#refs = [];
    this.#kinds = [];
    this.#timeIds = [];
    this.#sizes = [];
    this.#from = 0;
    this.minTime = Infinity;
    this.maxTime = -Infinity;
    this.samples = 0;
    return seal("run", RUN_VERSION, row.view());
  }
}

/** An opened row; the constructor and the readers throw RangeError when the body is not one. */
export class RunRow {
  readonly refs: Float64Array;
  readonly bytes: number;
  readonly #kinds: Float64Array;
  readonly #timeIds: Float64Array;
  /** Where each chunk begins; one more than there are chunks. */
  readonly #offsets: Float64Array;
  readonly #body: Uint8Array;
  /** To make one takes as long as to read a short chunk. */
  readonly #reader: ByteReader;
  readonly #timeCounts: Float64Array;
  readonly #timeOffsets: Float64Array;
  readonly #times: (Float64Array | undefined)[] = [];

  constructor(body: Uint8Array) {
    this.#body = body;
    this.bytes = body.length;
    const reader = new ByteReader(body);
    this.#reader = reader;
    const chunks = bounded(reader.varint(), body);
    const columns = bounded(reader.varint(), body);
    this.#timeCounts = decodePacked(reader, columns);
    const timeSizes = decodePacked(reader, columns);
    this.refs = decodePacked(reader, chunks);
    this.#timeIds = decodePacked(reader, chunks);
    this.#kinds = decodePacked(reader, chunks);
    const sizes = decodePacked(reader, chunks);
    this.#timeOffsets = starts(timeSizes, reader.offset);
    this.#offsets = starts(sizes, this.#timeOffsets[columns] as number);
    if (this.#offsets[chunks] !== body.length) throw new RangeError("the directory does not fit its row");
  }

  /** Of the samples or buckets of a chunk; shared between chunks, not to be changed. */
  times(chunk: number): Float64Array {
    const id = this.#timeIds[chunk] as number;
    const known = this.#times[id];
    if (known !== undefined) return known;
    const count = this.#timeCounts[id];
    if (count === undefined) throw new RangeError("a chunk names a time column its row has not");
    if (count > 16 * CHUNK_SAMPLES) throw new RangeError(`a chunk of ${count} samples`);
    const times = decodePacked(new ByteReader(this.#body, this.#timeOffsets[id]), count);
    this.#times[id] = times;
    return times;
  }

  /** Of a chunk, without reading it. */
  samples(chunk: number): number {
    return this.#timeCounts[this.#timeIds[chunk] as number] ?? 0;
  }

  kind(chunk: number): number {
    return this.#kinds[chunk] as number;
  }

  values(chunk: number): Float64Array {
    const count = this.times(chunk).length;
    return this.kind(chunk) === FLOATS ? decodePacked(this.reader(chunk), count) : new Float64Array(count);
  }

  /** Those of a chunk of floats to `target` from `at` on; whether they are known to ascend. */
  valuesInto(chunk: number, target: Float64Array, at: number): boolean {
    const count = this.times(chunk).length;
    this.#reader.offset = this.#offsets[chunk] as number;
    return decodePackedInto(this.#reader, count, target, at);
  }

  /** Null for a chunk of floats. */
  histograms(chunk: number): readonly NativeHistogram[] | null {
    return this.kind(chunk) === HISTOGRAMS ? decodeHistograms(this.reader(chunk), this.times(chunk).length) : null;
  }

  reader(chunk: number): ByteReader {
    return new ByteReader(this.#body, this.#offsets[chunk]);
  }
}

function bounded(count: number, body: Uint8Array): number {
  if (count > body.length * 8) throw new RangeError(`${count} entries in ${body.length} bytes`);
  return count;
}

function starts(sizes: Float64Array, from: number): Float64Array {
  const offsets = new Float64Array(sizes.length + 1);
  let at = from;
  for (let i = 0; i < sizes.length; i++) {
    offsets[i] = at;
    at += sizes[i] as number;
  }
  offsets[sizes.length] = at;
  return offsets;
}
