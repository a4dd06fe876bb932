/**
 * What a commit adds to the log: sections until the end, each a tag u8 and its fields (SCHEMA.md). Every section can be
 * read by itself, so that records may be joined end to end.
 */
import { ByteReader } from "@sightline/shared/encoding/byte-reader";
import { ByteWriter } from "@sightline/shared/encoding/byte-writer";
import { decodeHistograms, encodeHistograms } from "@sightline/shared/encoding/histogram-column";
import type { NativeHistogram } from "@sightline/shared/model/histogram";
import type { FrameMark } from "./sender-marks.ts";
import { readMark, writeMark } from "./sender-marks.ts";
import type { MetricMetadata } from "@sightline/shared/model/metric";
import type { IndexedSeries, SeriesIndex } from "./series-index.ts";
import { readSeries, writeSeries } from "./series-record.ts";
import type { WalColumns } from "./wal-columns.ts";
import { MAX_SECTION, columnBytes, readColumns, writeColumns } from "./wal-columns.ts";

export const WAL_VERSION = 2;

// Of version 1, where times are differences within the record.
const SERIES = 1;
const OLD_SAMPLE = 2;
const OLD_HISTOGRAM = 3;
const OLD_MARK = 4;
// Of version 2.
const SAMPLES = 5;
const HISTOGRAM = 6;
const MARK = 7;
const COMMIT = 8;

export interface WalVisitor {
  series(series: IndexedSeries): void;
  columns(columns: WalColumns): void;
  histogram(ref: number, t: number, histogram: NativeHistogram): void;
  mark(mark: FrameMark): void;
  /** What follows belongs to this commit of the segment; its first is 1. */
  commit(number: number): void;
}

const SINGLES = 256;
/** Kept from commit to commit whatever their size: room for four requests of 2,000 samples. What definitions of many new series took is not. */
const KEPT_BYTES = 262_144;

/** Collects the sections of a commit, in pieces of at most about `limit` bytes. */
export class WalRecordWriter {
  #bytes = new Uint8Array(65_536);
  #length = 0;
  #samples = 0;
  /** Ends of pieces. */
  readonly #ends: number[] = [];
  readonly #limit: number;
  readonly #section = new ByteWriter(1024);
  // Samples that came one by one, waiting to be a section.
  readonly #refs = new Int32Array(SINGLES);
  readonly #times = new Float64Array(SINGLES);
  readonly #values = new Float64Array(SINGLES);
  #singles = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get empty(): boolean {
    return this.#length === 0 && this.#singles === 0;
  }

  get samples(): number {
    return this.#samples;
  }

  get bytes(): number {
    return this.#length;
  }

  /** Bytes of memory for what is written next, used or not. */
  get heldBytes(): number {
    return this.#bytes.length;
  }

  /** A series of the index, with what its sender says of its metric. */
  series(index: SeriesIndex, ref: number, metadata: MetricMetadata): void {
    this.#write(SERIES, (writer) => writeSeries(writer, index, ref, metadata));
  }

  /** Hot path. */
  columns(refs: Int32Array, times: Float64Array, values: Float64Array, length: number): void {
    this.#writeSingles();
    this.#samples += length;
    for (let from = 0; from < length; from += MAX_SECTION) this.#columns(refs, times, values, from, Math.min(length, from + MAX_SECTION));
  }

  sample(ref: number, t: number, value: number): void {
    const at = this.#singles;
    this.#refs[at] = ref;
    this.#times[at] = t;
    this.#values[at] = value;
    this.#singles = at + 1;
    this.#samples += 1;
    if (this.#singles === SINGLES) this.#writeSingles();
  }

  histogram(ref: number, t: number, histogram: NativeHistogram): void {
    this.#samples += 1;
    this.#write(HISTOGRAM, (writer) => {
      writer.varint(ref);
      writer.zigzag(t);
      encodeHistograms(writer, [histogram]);
    });
  }

  mark(mark: FrameMark): void {
    this.#write(MARK, (writer) => {
      writeMark(writer, mark);
      writer.varint(mark.after === null ? 0 : mark.after + 1);
    });
  }

  /** The pieces written since the last call; views that the next write overwrites. */
  take(): Uint8Array[] {
    this.#writeSingles();
    const pieces: Uint8Array[] = [];
    let from = 0;
    for (const end of [...this.#ends.splice(0), this.#length]) {
      if (end > from) pieces.push(this.#bytes.subarray(from, end));
      from = end;
    }
    // The views keep the old buffer until they are written.
    if (this.#bytes.length > Math.max(KEPT_BYTES, 4 * this.#length)) this.#bytes = new Uint8Array(KEPT_BYTES);
    this.#length = 0;
    this.#samples = 0;
    return pieces;
  }

  #writeSingles(): void {
    const length = this.#singles;
    this.#singles = 0;
    if (length > 0) this.#columns(this.#refs, this.#times, this.#values, 0, length);
  }

  #columns(refs: Int32Array, times: Float64Array, values: Float64Array, from: number, to: number): void {
    this.#reserve(1 + columnBytes(to - from));
    this.#bytes[this.#length] = SAMPLES;
    this.#length = writeColumns(this.#bytes, this.#length + 1, refs, times, values, from, to);
  }

  #write(tag: number, body: (writer: ByteWriter) => void): void {
    this.#writeSingles();
    this.#section.clear();
    this.#section.u8(tag);
    body(this.#section);
    const section = this.#section.view();
    this.#reserve(section.length);
    this.#bytes.set(section, this.#length);
    this.#length += section.length;
  }

  /** Room for a section, which begins a piece when the one before is full. */
  #reserve(count: number): void {
    if (this.#length - (this.#ends.at(-1) ?? 0) >= this.#limit) this.#ends.push(this.#length);
    const needed = this.#length + count;
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
  }
}

/** The section that begins a commit. */
export function commitSection(number: number): Uint8Array {
  const writer = new ByteWriter(8);
  writer.u8(COMMIT);
  writer.varint(number);
  return writer.view();
}

/** Reads a record of either version. Throws RangeError or TypeError for a body that is not one. */
export function readWalRecord(body: Uint8Array, visitor: WalVisitor): void {
  const reader = new ByteReader(body);
  let time = 0;
  while (reader.remaining > 0) {
    const tag = reader.u8();
    if (tag === SAMPLES) visitor.columns(readColumns(reader, body));
    else if (tag === COMMIT) visitor.commit(reader.varint());
    else if (tag === SERIES) visitor.series(readSeries(reader));
    else if (tag === MARK) {
      const { sender, epoch, seq, at, hostName } = readMark(reader);
      const after = reader.varint();
      visitor.mark({ sender, epoch, seq, at, hostName, after: after === 0 ? null : after - 1 });
    } else if (tag === HISTOGRAM) {
      const ref = reader.varint();
      const t = reader.zigzag();
      for (const histogram of decodeHistograms(reader, 1)) visitor.histogram(ref, t, histogram);
    } else if (tag === OLD_SAMPLE) {
      const ref = reader.varint();
      time += reader.zigzag();
      visitor.columns({ refs: Int32Array.of(ref), times: Float64Array.of(time), values: reader.f64Array(1) });
    } else if (tag === OLD_HISTOGRAM) {
      const ref = reader.varint();
      time += reader.zigzag();
      for (const histogram of decodeHistograms(reader, 1)) visitor.histogram(ref, time, histogram);
    } else if (tag === OLD_MARK) visitor.mark({ ...readMark(reader), after: null });
    else throw new RangeError(`unknown section ${tag} in a WAL record`);
  }
}
