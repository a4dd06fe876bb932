/** One segment file of the disk spool (FORMAT.md): a header, then FRAME messages each behind its length, with a dictionary of its own. */
import type { SampleBatch } from "@sightline/shared/model/sample";
import { ByteReader } from "@sightline/shared/encoding/byte-reader";
import { ByteWriter } from "@sightline/shared/encoding/byte-writer";
import { crc32c } from "@sightline/shared/encoding/crc32c";
import { FrameDecoder, type NewSeries } from "@sightline/shared/protocol/frame";
import { MAX_FRAME_BYTES, MAX_ID_BYTES } from "@sightline/shared/protocol/limits";

const MAGIC = 0x50534c53; // "SLSP"
const VERSION = 1;

export interface SegmentHeader {
  readonly epoch: string;
  readonly firstSeq: number;
  /** Bytes it takes. */
  readonly length: number;
}

/** magic u32 · version u8 · epoch text · first seq varint · crc32c of all that, u32 */
export function encodeSegmentHeader(epoch: string, firstSeq: number): Uint8Array<ArrayBuffer> {
  const writer = new ByteWriter(64);
  writer.u32(MAGIC);
  writer.u8(VERSION);
  writer.string(epoch);
  writer.varint(firstSeq);
  writer.u32(crc32c(writer.view()));
  return writer.copy();
}

/** Null for bytes that are not the header of a segment of this version. */
export function decodeSegmentHeader(bytes: Uint8Array): SegmentHeader | null {
  try {
    const reader = new ByteReader(bytes);
    if (reader.u32() !== MAGIC || reader.u8() !== VERSION) return null;
    const epoch = reader.string();
    const firstSeq = reader.varint();
    const end = reader.offset;
    if (reader.u32() !== crc32c(bytes, 0, end) || epoch.length > MAX_ID_BYTES || firstSeq < 1) return null;
    return { epoch, firstSeq, length: reader.offset };
  } catch {
    return null;
  }
}

/** u32 length, FRAME message */
export function encodeRecord(frame: Uint8Array): Uint8Array<ArrayBuffer> {
  const writer = new ByteWriter(frame.length + 4);
  writer.u32(frame.length);
  writer.bytes(frame);
  return writer.copy();
}

export interface SegmentRecord {
  readonly seq: number;
  readonly batch: SampleBatch;
  /** Bytes of the file up to the end of this record. */
  readonly end: number;
}

/** Reads a segment front to back; ends at the first record that is cut or damaged, for later ones count on its dictionary. */
export class SegmentReader {
  readonly header: SegmentHeader;
  readonly #bytes: Uint8Array;
  readonly #decoder = new FrameDecoder();
  readonly #series: NewSeries[] = [];
  readonly #by: number;
  #offset: number;

  /** `firstSeq`: of its name; where that is not its head's, all its frames have been numbered anew. */
  constructor(bytes: Uint8Array, header: SegmentHeader, firstSeq: number) {
    this.#bytes = bytes;
    this.header = header;
    this.#by = firstSeq - header.firstSeq;
    this.#offset = header.length;
  }

  /** True once every byte was read and found good. */
  get whole(): boolean {
    return this.#offset === this.#bytes.length;
  }

  next(): SegmentRecord | null {
    const bytes = this.#bytes;
    const start = this.#offset + 4;
    if (start > bytes.length) return null;
    const length = new ByteReader(bytes, this.#offset).u32();
    if (length > MAX_FRAME_BYTES || start + length > bytes.length) return null;
    const decoded = this.#decoder.decode(bytes.subarray(start, start + length));
    if (!decoded.ok || decoded.value.epoch !== this.header.epoch) return null;
    for (const series of decoded.value.newSeries) this.#series.push(series);
    this.#offset = start + length;
    const series = decoded.value.columns.flatMap(({ ref, ...samples }) => {
      const named = this.#series[ref];
      return named === undefined ? [] : [{ labels: named.labels, metadata: named.metadata, temporality: named.temporality, ...samples }];
    });
    return { seq: decoded.value.seq + this.#by, batch: { series }, end: this.#offset };
  }
}
