/**
 * A packed block as version 1 wrote them; samples are in runs now (`run-row.ts`), and what lies in blocks is read until it
 * is migrated or leaves. Chunks of many series, one blob of at most about 1 MB (SCHEMA.md). The directory comes first, sorted
 * by ref; time columns that repeat (series of one sender share their clock) are stored once.
 *
 * Layout after the seal: times count varint {samples varint, bytes varint} · chunk count varint {ref delta varint,
 * time column varint, kind u8, min time zigzag, span varint, bytes varint} · time columns · chunks.
 */
import { ByteReader } from "@sightline/shared/encoding/byte-reader";
import { decodeHistograms } from "@sightline/shared/encoding/histogram-column";
import { decodeIntegers } from "@sightline/shared/encoding/integer-column";
import { decodeValues } from "@sightline/shared/encoding/value-column";
import type { NativeHistogram } from "@sightline/shared/model/histogram";

export const BLOCK_VERSION = 1;
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
