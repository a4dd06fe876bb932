/**
 * Floats by XOR with the one before (Pelkonen et al., "Gorilla", VLDB 2015), for values that are not short decimals.
 * Bits are most significant first: `0` same as before · `10` inside the previous window · `11` leading (5) length−1 (6) bits.
 * Works on the 32-bit halves, so every NaN keeps its bits.
 */
import { BitSink } from "./bit-sink.ts";
import type { ByteReader } from "./byte-reader.ts";
import type { ByteWriter } from "./byte-writer.ts";

class BitSource {
  readonly #reader: ByteReader;
  #bits = 0;
  #filled = 0;
  constructor(reader: ByteReader) {
    this.#reader = reader;
  }
  take(width: number): number {
    while (this.#filled < width) {
      this.#bits = (this.#bits << 8) | this.#reader.u8();
      this.#filled += 8;
    }
    this.#filled -= width;
    return (this.#bits >>> this.#filled) & ((1 << width) - 1);
  }
  take32(width: number): number {
    if (width > 16) {
      const high = this.take(width - 16);
      return ((high << 16) | this.take(16)) >>> 0;
    }
    return width > 0 ? this.take(width) : 0;
  }
}

export function encodeXor(writer: ByteWriter, values: Float64Array, count: number): void {
  const halves = new Uint32Array(values.buffer, values.byteOffset, count * 2);
  const sink = new BitSink(writer);
  let low = 0;
  let high = 0;
  let leading = -1;
  let length = 0;
  for (let i = 0; i < count; i++) {
    const l = halves[2 * i] as number;
    const h = halves[2 * i + 1] as number;
    const xl = (l ^ low) >>> 0;
    const xh = (h ^ high) >>> 0;
    low = l;
    high = h;
    if (xl === 0 && xh === 0) {
      sink.put(0, 1);
      continue;
    }
    const zeros = Math.min(31, xh !== 0 ? Math.clz32(xh) : 32 + Math.clz32(xl));
    const trailing = xl !== 0 ? 31 - Math.clz32(xl & -xl) : 63 - Math.clz32(xh & -xh);
    if (leading >= 0 && zeros >= leading && trailing >= 64 - leading - length) sink.put(2, 2);
    else {
      leading = zeros;
      length = 64 - zeros - trailing;
      sink.put(3, 2);
      sink.put(leading, 5);
      sink.put(length - 1, 6);
    }
    const shift = 64 - leading - length;
    const outLow = shift === 0 ? xl : shift < 32 ? ((xl >>> shift) | (xh << (32 - shift))) >>> 0 : xh >>> (shift - 32);
    const outHigh = shift < 32 ? xh >>> shift : 0;
    if (length > 32) sink.put32(outHigh, length - 32);
    sink.put32(outLow, Math.min(length, 32));
  }
  sink.end();
}

export function decodeXor(reader: ByteReader, count: number): Float64Array<ArrayBuffer> {
  const values = new Float64Array(count);
  const halves = new Uint32Array(values.buffer);
  const source = new BitSource(reader);
  let low = 0;
  let high = 0;
  let leading = 0;
  let length = 0;
  for (let i = 0; i < count; i++) {
    if (source.take(1) === 1) {
      if (source.take(1) === 1) {
        leading = source.take(5);
        length = source.take(6) + 1;
      }
      const inHigh = length > 32 ? source.take32(length - 32) : 0;
      const inLow = source.take32(Math.min(length, 32));
      const shift = 64 - leading - length;
      if (shift < 0) throw new RangeError("XOR window of more than 64 bits");
      low ^= shift === 0 ? inLow : shift < 32 ? inLow << shift : 0;
      high ^= shift === 0 ? inHigh : shift < 32 ? (inHigh << shift) | (inLow >>> (32 - shift)) : inLow << (shift - 32);
    }
    halves[2 * i] = low;
    halves[2 * i + 1] = high;
  }
  return values;
}
