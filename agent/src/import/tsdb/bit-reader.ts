/** Bits of a chunk, most significant first (Prometheus tsdb/chunkenc/bstream.go). Throws RangeError past the end. */
export class BitReader {
  readonly #bytes: Uint8Array;
  /** In bits. */
  #at: number;

  constructor(bytes: Uint8Array, byteOffset: number) {
    this.#bytes = bytes;
    this.#at = byteOffset * 8;
  }

  bit(): number {
    const byte = this.#bytes[this.#at >>> 3];
    if (byte === undefined) throw new RangeError("the chunk ends too early");
    return (byte >>> (7 - (this.#at++ & 7))) & 1;
  }

  /** Up to 32 bits, unsigned. */
  bits(count: number): number {
    let value = 0;
    let left = count;
    while (left > 0) {
      const byte = this.#bytes[this.#at >>> 3];
      if (byte === undefined) throw new RangeError("the chunk ends too early");
      const free = 8 - (this.#at & 7);
      const take = Math.min(free, left);
      value = value * 2 ** take + ((byte >>> (free - take)) & ((1 << take) - 1));
      this.#at += take;
      left -= take;
    }
    return value;
  }

  /** 64 bits as a signed integer; above 2^53 the nearest one. */
  int64(): number {
    const high = this.bits(32) | 0;
    return high * 2 ** 32 + this.bits(32);
  }

  /** LEB128. */
  uvarint(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.bits(8);
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      if (scale > 2 ** 63) throw new RangeError("a varint of more than 10 bytes");
    }
  }

  /** Zigzag over LEB128. */
  varint(): number {
    const value = this.uvarint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  /** An integer whose width a prefix of ones names: `widths[i]` bits after i + 1 ones and a zero, 64 after as many ones as there are widths and one more. */
  prefixed(widths: readonly number[]): number {
    let ones = 0;
    while (ones <= widths.length && this.bit() === 1) ones++;
    if (ones === 0) return 0;
    const width = widths[ones - 1];
    if (width === undefined) return this.int64();
    const value = this.bits(width);
    return value > 2 ** (width - 1) ? value - 2 ** width : value;
  }
}
