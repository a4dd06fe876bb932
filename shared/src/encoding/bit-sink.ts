import type { ByteWriter } from "./byte-writer.ts";

/** Writes bits, most significant first. */
export class BitSink {
  readonly #writer: ByteWriter;
  #bits = 0;
  #filled = 0;
  constructor(writer: ByteWriter) {
    this.#writer = writer;
  }
  /** The low `width` (≤ 24) bits of `value`. */
  put(value: number, width: number): void {
    this.#bits = (this.#bits << width) | (value & ((1 << width) - 1));
    this.#filled += width;
    while (this.#filled >= 8) {
      this.#filled -= 8;
      this.#writer.u8((this.#bits >>> this.#filled) & 255);
    }
  }
  /** The low `width` (≤ 32) bits. */
  put32(value: number, width: number): void {
    if (width > 16) {
      this.put(value >>> 16, width - 16);
      this.put(value & 0xffff, 16);
    } else if (width > 0) this.put(value, width);
  }
  /** Zeros up to the next whole byte. */
  end(): void {
    if (this.#filled > 0) this.put(0, 8 - this.#filled);
  }
}
