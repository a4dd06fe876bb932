import { type Labels, putLabel } from "@sightline/shared/model/labels";
import { crc32c } from "@sightline/shared/encoding/crc32c";
import { UnreadableSource } from "../import-source.ts";

const MAGIC = 0xbaaad700;
const TOC_BYTES = 6 * 8 + 4;

/** Where a chunk lies: segment file and offset in it; times of its first and last sample in ms. */
interface ChunkMeta {
  readonly mint: number;
  readonly maxt: number;
  readonly segment: number;
  readonly offset: number;
}

export interface IndexedSeries {
  /** Position in the index / 16, by which tombstones name it. */
  readonly id: number;
  readonly labels: Labels;
  readonly chunks: readonly ChunkMeta[];
}

/** Moves over the index's integers: fixed ones big endian, variable ones LEB128. Throws UnreadableSource past the end: an offset or a length was damaged. */
class IndexCursor {
  readonly #view: DataView;
  readonly #bytes: Uint8Array;
  at: number;

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.at = at;
  }

  u32(): number {
    this.#within(4);
    this.at += 4;
    return this.#view.getUint32(this.at - 4);
  }

  #within(length: number): void {
    if (this.at + length > this.#bytes.length)
      throw new UnreadableSource(`its index is damaged: it refers to byte ${this.at} and has ${this.#bytes.length}`);
  }

  u64(): number {
    return this.u32() * 2 ** 32 + this.u32();
  }

  uvarint(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      this.#within(1);
      const byte = this.#view.getUint8(this.at++);
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      if (scale > 2 ** 63) throw new UnreadableSource("its index is damaged: a number in it has more than 10 bytes");
    }
  }

  varint(): number {
    const value = this.uvarint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  bytes(length: number): Uint8Array {
    this.at += length;
    return this.#bytes.subarray(this.at - length, this.at);
  }
}

/** The index of a block, version 2 (tsdb/docs/format/index.md). Throws UnreadableSource. */
export class IndexFile {
  readonly #bytes: Uint8Array;
  /** Positions of the symbols' lengths. */
  readonly #symbols: Uint32Array;
  readonly #texts: (string | undefined)[] = [];
  readonly #postings: number;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    const start = new IndexCursor(bytes, 0);
    if (bytes.length < 5 + TOC_BYTES || start.u32() !== MAGIC) throw new UnreadableSource("its index is not one of Prometheus");
    const version = bytes[4];
    if (version !== 2) throw new UnreadableSource(`its index has version ${version ?? 0}; version 2 is read (Prometheus 2.2 and later)`);
    const toc = new IndexCursor(bytes, bytes.length - TOC_BYTES);
    const sections = Array.from({ length: 6 }, () => toc.u64());
    if (crc32c(bytes.subarray(bytes.length - TOC_BYTES, bytes.length - 4)) !== toc.u32())
      throw new UnreadableSource("the checksum of its index's table of contents is wrong");
    this.#symbols = this.#readSymbols(sections[0] as number);
    this.#postings = this.#findPostings(sections[5] as number);
  }

  /** Every series, sorted by labels. */
  *series(): Generator<IndexedSeries> {
    const list = this.#section(this.#postings, "postings");
    for (let left = list.u32(); left > 0; left--) yield this.#readSeries(list.u32());
  }

  /** A cursor behind the length of a section whose checksum is right. */
  #section(at: number, what: string): IndexCursor {
    const cursor = new IndexCursor(this.#bytes, at);
    const length = cursor.u32();
    this.#check(cursor.at, length, what);
    return cursor;
  }

  #check(at: number, length: number, what: string): void {
    const stored = new IndexCursor(this.#bytes, at + length).u32();
    if (crc32c(this.#bytes.subarray(at, at + length)) !== stored)
      throw new UnreadableSource(`the checksum of its index's ${what} is wrong`);
  }

  #readSymbols(at: number): Uint32Array {
    const cursor = this.#section(at, "symbols");
    const count = cursor.u32();
    if (count > this.#bytes.length) throw new UnreadableSource(`its index says it has ${count} symbols in ${this.#bytes.length} bytes`);
    const symbols = new Uint32Array(count);
    for (let i = 0; i < symbols.length; i++) {
      symbols[i] = cursor.at;
      cursor.bytes(cursor.uvarint());
    }
    return symbols;
  }

  /** The postings of all series stand under the empty label. */
  #findPostings(at: number): number {
    const cursor = this.#section(at, "postings table");
    for (let left = cursor.u32(); left > 0; left--) {
      cursor.uvarint();
      const name = cursor.uvarint();
      cursor.bytes(name);
      const value = cursor.uvarint();
      cursor.bytes(value);
      const offset = cursor.uvarint();
      if (name === 0 && value === 0) return offset;
    }
    throw new UnreadableSource("its index names no series");
  }

  #text(symbol: number): string {
    let text = this.#texts[symbol];
    if (text === undefined) {
      const at = this.#symbols[symbol];
      if (at === undefined) throw new UnreadableSource(`its index names symbol ${symbol} of ${this.#symbols.length}`);
      const cursor = new IndexCursor(this.#bytes, at);
      text = Buffer.from(cursor.bytes(cursor.uvarint())).toString("utf8");
      this.#texts[symbol] = text;
    }
    return text;
  }

  #readSeries(id: number): IndexedSeries {
    const cursor = new IndexCursor(this.#bytes, id * 16);
    const length = cursor.uvarint();
    this.#check(cursor.at, length, "series");
    const labels: Record<string, string> = {};
    for (let left = cursor.uvarint(); left > 0; left--) putLabel(labels, this.#text(cursor.uvarint()), this.#text(cursor.uvarint()));
    const chunks: ChunkMeta[] = [];
    let maxt = 0;
    let reference = 0;
    for (let i = 0, count = cursor.uvarint(); i < count; i++) {
      const mint = i === 0 ? cursor.varint() : maxt + cursor.uvarint();
      maxt = mint + cursor.uvarint();
      reference = i === 0 ? cursor.uvarint() : reference + cursor.varint();
      chunks.push({ mint, maxt, segment: Math.floor(reference / 2 ** 32), offset: reference % 2 ** 32 });
    }
    return { id, labels, chunks };
  }
}
