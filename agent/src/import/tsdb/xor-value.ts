import type { BitReader } from "./bit-reader.ts";

/** The XOR encoding of floats after Gorilla (Pelkonen et al., VLDB 2015), as Prometheus has it in tsdb/chunkenc/xor.go. Bits are kept apart from floats, so that every NaN stays what it was. */
export class XorValue {
  readonly #value = new Float64Array(1);
  readonly #words = new Uint32Array(this.#value.buffer);
  #leading = 0;
  #trailing = 0;

  /** The value as it stands, written where no NaN is quieted. */
  store(into: Float64Array, at: number): void {
    into.set(this.#value, at);
  }

  get value(): number {
    return this.#value[0] as number;
  }

  first(reader: BitReader): void {
    this.#words[1] = reader.bits(32);
    this.#words[0] = reader.bits(32);
  }

  next(reader: BitReader): void {
    if (reader.bit() === 0) return;
    if (reader.bit() === 1) {
      this.#leading = reader.bits(5);
      const width = reader.bits(6);
      this.#trailing = 64 - this.#leading - (width === 0 ? 64 : width);
    }
    const width = 64 - this.#leading - this.#trailing;
    const high = width > 32 ? reader.bits(width - 32) : 0;
    const low = reader.bits(Math.min(width, 32));
    const shift = this.#trailing;
    if (shift >= 32) this.#words[1] = (this.#words[1] as number) ^ (low << (shift - 32));
    else {
      const carried = shift === 0 ? high : (high << shift) | (low >>> (32 - shift));
      this.#words[1] = (this.#words[1] as number) ^ carried;
      this.#words[0] = (this.#words[0] as number) ^ (low << shift);
    }
  }
}
