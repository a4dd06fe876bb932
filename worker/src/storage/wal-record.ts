/**
 * One WAL blob: what one group commit adds, or a part of it. Sections until the end, each a tag u8 and its fields (SCHEMA.md):
 * SERIES definitions, SAMPLEs and HISTOGRAMs, and the MARK of a sender's sequence.
 */
import { ByteReader } from "@sightline/shared/encoding/byte-reader";
import { ByteWriter } from "@sightline/shared/encoding/byte-writer";
import { decodeHistograms, encodeHistograms } from "@sightline/shared/encoding/histogram-column";
import type { NativeHistogram } from "@sightline/shared/model/histogram";
import type { Labels } from "@sightline/shared/model/labels";
import type { MetricMetadata } from "@sightline/shared/model/metric";
import { readSeries, writeSeries } from "./series-record.ts";
import { SEAL_BYTES, sealInPlace } from "./sealed-blob.ts";

export const WAL_VERSION = 1;
const SERIES = 1;
const SAMPLE = 2;
const HISTOGRAM = 3;
const MARK = 4;

/** Where a sender stands; `at` is the server's time (ms) when its last frame was taken. */
export interface SenderMark {
  readonly sender: string;
  readonly epoch: string;
  readonly seq: number;
  readonly at: number;
  readonly hostName: string | null;
}

export interface WalVisitor {
  series(ref: number, labels: Labels, metadata: MetricMetadata): void;
  sample(ref: number, t: number, value: number): void;
  histogram(ref: number, t: number, histogram: NativeHistogram): void;
  mark(mark: SenderMark): void;
}

export function writeMark(writer: ByteWriter, mark: SenderMark): void {
  writer.string(mark.sender);
  writer.string(mark.epoch);
  writer.varint(mark.seq);
  writer.varint(mark.at);
  writer.string(mark.hostName ?? "");
}

export function readMark(reader: ByteReader): SenderMark {
  const sender = reader.string();
  const epoch = reader.string();
  const seq = reader.varint();
  const at = reader.varint();
  const hostName = reader.string();
  return { sender, epoch, seq, at, hostName: hostName === "" ? null : hostName };
}

/** Collects the sections of a commit in blobs of at most about `limit` bytes, sealed when taken. */
export class WalRecordWriter {
  #writer = new ByteWriter(16_384);
  #time = 0;
  #samples = 0;
  readonly #full: Uint8Array<ArrayBuffer>[] = [];
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
    this.#begin();
  }

  get empty(): boolean {
    return this.#full.length === 0 && this.#writer.length === SEAL_BYTES;
  }

  get samples(): number {
    return this.#samples;
  }

  #begin(): void {
    this.#writer.clear();
    this.#writer.extend(SEAL_BYTES).fill(0);
    this.#time = 0;
  }

  #split(): void {
    if (this.#writer.length >= this.#limit) this.#seal();
  }

  #seal(): void {
    const blob = this.#writer.copy();
    sealInPlace("wal", WAL_VERSION, blob);
    this.#full.push(blob);
    this.#begin();
  }

  series(ref: number, labels: Labels, metadata: MetricMetadata): void {
    this.#split();
    this.#writer.u8(SERIES);
    writeSeries(this.#writer, { ref, labels, metadata });
  }

  /** Times are written as the difference from the sample before, whichever series that was of. */
  sample(ref: number, t: number, value: number): void {
    this.#split();
    this.#writer.u8(SAMPLE);
    this.#writer.varint(ref);
    this.#writer.zigzag(t - this.#time);
    this.#writer.f64(value);
    this.#time = t;
    this.#samples += 1;
  }

  histogram(ref: number, t: number, histogram: NativeHistogram): void {
    this.#split();
    this.#writer.u8(HISTOGRAM);
    this.#writer.varint(ref);
    this.#writer.zigzag(t - this.#time);
    encodeHistograms(this.#writer, [histogram]);
    this.#time = t;
    this.#samples += 1;
  }

  mark(mark: SenderMark): void {
    this.#writer.u8(MARK);
    writeMark(this.#writer, mark);
  }

  /** The sealed blobs of everything written since the last call. */
  take(): Uint8Array<ArrayBuffer>[] {
    if (this.#writer.length > SEAL_BYTES) this.#seal();
    this.#samples = 0;
    return this.#full.splice(0);
  }
}

/** Throws RangeError or TypeError for a body that is not a record. */
export function readWalRecord(body: Uint8Array, visitor: WalVisitor): void {
  const reader = new ByteReader(body);
  let time = 0;
  while (reader.remaining > 0) {
    const tag = reader.u8();
    if (tag === SAMPLE) {
      const ref = reader.varint();
      time += reader.zigzag();
      visitor.sample(ref, time, reader.f64());
    } else if (tag === HISTOGRAM) {
      const ref = reader.varint();
      time += reader.zigzag();
      for (const histogram of decodeHistograms(reader, 1)) visitor.histogram(ref, time, histogram);
    } else if (tag === SERIES) {
      const series = readSeries(reader);
      visitor.series(series.ref, series.labels, series.metadata);
    } else if (tag === MARK) visitor.mark(readMark(reader));
    else throw new RangeError(`unknown section ${tag} in a WAL record`);
  }
}
