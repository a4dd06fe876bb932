/**
 * A packed block: chunks of many series, one blob of at most about 1 MB (SCHEMA.md). The directory comes first, sorted
 * by ref; time columns that repeat (series of one sender share their clock) are stored once.
 *
 * Layout after the seal: times count varint {samples varint, bytes varint} · chunk count varint {ref delta varint,
 * time column varint, kind u8, min time zigzag, span varint, bytes varint} · time columns · chunks.
 */
import { ByteReader } from "@sightline/shared/encoding/byte-reader";
import { ByteWriter } from "@sightline/shared/encoding/byte-writer";
import { decodeHistograms, encodeHistograms } from "@sightline/shared/encoding/histogram-column";
import { decodeIntegers, encodeIntegers } from "@sightline/shared/encoding/integer-column";
import { decodeValues, encodeValues } from "@sightline/shared/encoding/value-column";
import type { NativeHistogram } from "@sightline/shared/model/histogram";
import { seal } from "./sealed-blob.ts";

export const BLOCK_VERSION = 1;
const FLOATS = 0;
const HISTOGRAMS = 1;

export interface ChunkEntry {
  readonly ref: number;
  readonly histograms: boolean;
  readonly minTime: number;
  readonly maxTime: number;
  readonly timeColumn: number;
  readonly offset: number;
  readonly bytes: number;
}

export interface PackedBlock {
  readonly blob: Uint8Array<ArrayBuffer>;
  readonly minRef: number;
  readonly maxRef: number;
  readonly minTime: number;
  readonly maxTime: number;
  readonly samples: number;
}

interface PendingChunk {
  readonly ref: number;
  readonly kind: number;
  readonly timeColumn: number;
  readonly minTime: number;
  readonly maxTime: number;
  readonly bytes: number;
}

/** Packs chunks, given in ascending order of ref and then of time, until `full`; then `finish` and start the next. */
export class BlockPacker {
  readonly #limit: number;
  #chunks: PendingChunk[] = [];
  #body = new ByteWriter(65_536);
  #times = new ByteWriter(4096);
  #scratch = new ByteWriter(4096);
  #timeColumns: { readonly samples: number; readonly bytes: number }[] = [];
  #timeColumnOf = new Map<string, number>();
  #samples = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get full(): boolean {
    return this.#body.length + this.#times.length + this.#chunks.length * 12 >= this.#limit;
  }

  get empty(): boolean {
    return this.#chunks.length === 0;
  }

  add(ref: number, times: Float64Array, values: Float64Array, histograms: readonly NativeHistogram[] | null): void {
    const count = times.length;
    const before = this.#body.length;
    if (histograms === null) encodeValues(this.#body, values, count);
    else encodeHistograms(this.#body, histograms);
    this.#chunks.push({
      ref,
      kind: histograms === null ? FLOATS : HISTOGRAMS,
      timeColumn: this.#shareTimes(times),
      minTime: times[0] as number,
      maxTime: times[count - 1] as number,
      bytes: this.#body.length - before,
    });
    this.#samples += count;
  }

  #shareTimes(times: Float64Array): number {
    this.#scratch.clear();
    encodeIntegers(this.#scratch, times, times.length);
    const encoded = this.#scratch.view();
    // Columns of a few bytes are compared as text; longer ones are long because they are irregular, and then seldom shared by chance.
    let key = `${times.length}:`;
    for (let i = 0; i < encoded.length; i++) key += String.fromCharCode(encoded[i] as number);
    const known = this.#timeColumnOf.get(key);
    if (known !== undefined) return known;
    const index = this.#timeColumns.length;
    this.#timeColumnOf.set(key, index);
    this.#timeColumns.push({ samples: times.length, bytes: encoded.length });
    this.#times.bytes(encoded);
    return index;
  }

  finish(): PackedBlock {
    const head = new ByteWriter(this.#chunks.length * 12 + 64);
    head.varint(this.#timeColumns.length);
    for (const column of this.#timeColumns) {
      head.varint(column.samples);
      head.varint(column.bytes);
    }
    head.varint(this.#chunks.length);
    let ref = 0;
    let minTime = Infinity;
    let maxTime = -Infinity;
    for (const chunk of this.#chunks) {
      head.varint(chunk.ref - ref);
      head.varint(chunk.timeColumn);
      head.u8(chunk.kind);
      head.zigzag(chunk.minTime);
      head.varint(chunk.maxTime - chunk.minTime);
      head.varint(chunk.bytes);
      ref = chunk.ref;
      minTime = Math.min(minTime, chunk.minTime);
      maxTime = Math.max(maxTime, chunk.maxTime);
    }
    head.bytes(this.#times.view());
    head.bytes(this.#body.view());
    const packed = {
      blob: seal("block", BLOCK_VERSION, head.view()),
      minRef: this.#chunks[0]?.ref ?? 0,
      maxRef: ref,
      minTime,
      maxTime,
      samples: this.#samples,
    };
    this.#chunks = [];
    this.#body.clear();
    this.#times.clear();
    this.#timeColumns = [];
    this.#timeColumnOf = new Map();
    this.#samples = 0;
    return packed;
  }
}

/** An opened block; the constructor throws RangeError when the body is not one. */
export class PackedBlockReader {
  readonly chunks: readonly ChunkEntry[];
  readonly #body: Uint8Array;
  readonly #timeColumns: { readonly samples: number; readonly offset: number }[] = [];
  readonly #times: (Float64Array | undefined)[] = [];

  constructor(body: Uint8Array) {
    this.#body = body;
    const reader = new ByteReader(body);
    const columns = Array.from({ length: Math.min(reader.varint(), body.length) }, () => ({
      samples: reader.varint(),
      bytes: reader.varint(),
    }));
    const entries: { ref: number; timeColumn: number; kind: number; minTime: number; span: number; bytes: number }[] = [];
    let ref = 0;
    for (let left = reader.varint(); left > 0; left--) {
      ref += reader.varint();
      entries.push({
        ref,
        timeColumn: reader.varint(),
        kind: reader.u8(),
        minTime: reader.zigzag(),
        span: reader.varint(),
        bytes: reader.varint(),
      });
    }
    let offset = reader.offset;
    for (const column of columns) {
      this.#timeColumns.push({ samples: column.samples, offset });
      offset += column.bytes;
    }
    this.chunks = entries.map((entry) => {
      const at = offset;
      offset += entry.bytes;
      return {
        ref: entry.ref,
        histograms: entry.kind === HISTOGRAMS,
        minTime: entry.minTime,
        maxTime: entry.minTime + entry.span,
        timeColumn: entry.timeColumn,
        offset: at,
        bytes: entry.bytes,
      };
    });
    if (offset > body.length) throw new RangeError("the directory points past the end of its block");
  }

  times(chunk: ChunkEntry): Float64Array {
    const known = this.#times[chunk.timeColumn];
    if (known !== undefined) return known;
    const column = this.#timeColumns[chunk.timeColumn];
    if (column === undefined) throw new RangeError("a chunk names a time column its block has not");
    const times = decodeIntegers(new ByteReader(this.#body, column.offset), column.samples);
    this.#times[chunk.timeColumn] = times;
    return times;
  }

  read(chunk: ChunkEntry): {
    readonly times: Float64Array;
    readonly values: Float64Array;
    readonly histograms: readonly NativeHistogram[] | null;
  } {
    const times = this.times(chunk);
    const reader = new ByteReader(this.#body, chunk.offset);
    if (chunk.histograms) return { times, values: new Float64Array(times.length), histograms: decodeHistograms(reader, times.length) };
    return { times, values: decodeValues(reader, times.length), histograms: null };
  }

  /** Index of the first chunk of `ref` or of the next higher one. */
  firstOf(ref: number): number {
    let low = 0;
    let high = this.chunks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.chunks[middle]?.ref ?? 0) < ref) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
