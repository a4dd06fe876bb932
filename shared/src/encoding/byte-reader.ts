import { decodeUtf8 } from "./utf8.ts";

/** Reads what `ByteWriter` wrote. Every method throws RangeError at the end of the bytes, TypeError for text that is not UTF-8. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  offset: number;

  constructor(bytes: Uint8Array, offset = 0) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.offset = offset;
  }

  /** What it reads from. */
  get source(): Uint8Array {
    return this.#bytes;
  }

  /** Of the same bytes. */
  get view(): DataView {
    return this.#view;
  }

  get remaining(): number {
    return this.#bytes.length - this.offset;
  }

  u8(): number {
    const value = this.#bytes[this.offset];
    if (value === undefined) throw new RangeError(`bytes end at ${this.offset}`);
    this.offset += 1;
    return value;
  }

  u32(): number {
    const value = this.#view.getUint32(this.offset, true);
    this.offset += 4;
    return value;
  }

  /** Whether the float that comes next is Prometheus's stale marker, by its bytes: those of a NaN that is held in a field may change. */
  get atStale(): boolean {
    const { offset } = this;
    return (
      offset + 8 <= this.#view.byteLength &&
      this.#view.getUint32(offset, true) === 2 &&
      (this.#view.getUint32(offset + 4, true) | 0x80000) === 0x7ff80000
    );
  }

  f64(): number {
    const value = this.#view.getFloat64(this.offset, true);
    this.offset += 8;
    return value;
  }

  /** `count` floats with the bits they were written with. */
  f64Array(count: number): Float64Array<ArrayBuffer> {
    // A copy by construction: `slice` of a Node Buffer would share its pool.
    return new Float64Array(new Uint8Array(this.bytes(count * 8)).buffer);
  }

  varint(): number {
    let value = 0;
    let scale = 1;
    for (let i = 0; i < 8; i++) {
      const byte = this.u8();
      value += (byte & 127) * scale;
      if (byte < 128) return value;
      scale *= 128;
    }
    throw new RangeError(`a varint of more than 8 bytes at ${this.offset}`);
  }

  zigzag(): number {
    const value = this.varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  bytes(count: number): Uint8Array {
    if (count > this.remaining) throw new RangeError(`${count} bytes wanted at ${this.offset}, ${this.remaining} left`);
    const bytes = this.#bytes.subarray(this.offset, this.offset + count);
    this.offset += count;
    return bytes;
  }

  string(): string {
    return decodeUtf8(this.bytes(this.varint()));
  }
}
