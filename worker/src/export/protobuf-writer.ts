import { ByteWriter } from "@sightline/shared/encoding/byte-writer";

/** Writes the protobuf wire format. Numbers that are 0 are left out, as proto3 has it. */
export class ProtobufWriter {
  readonly #writer = new ByteWriter(256);

  get length(): number {
    return this.#writer.view().length;
  }

  uint(field: number, value: number): void {
    if (value === 0) return;
    this.#writer.varint(field * 8);
    this.#writer.varint(value);
  }

  sint(field: number, value: number): void {
    if (value === 0) return;
    this.#writer.varint(field * 8);
    this.#writer.zigzag(value);
  }

  double(field: number, value: number): void {
    this.#writer.varint(field * 8 + 1);
    this.#writer.f64(value);
  }

  /** `values[at]` by its bits, which a NaN that passes through a variable may lose. */
  doubleAt(field: number, values: Float64Array, at: number): void {
    this.#writer.varint(field * 8 + 1);
    this.#writer.bytes(new Uint8Array(values.buffer, values.byteOffset + 8 * at, 8));
  }

  packedDoubles(field: number, values: readonly number[]): void {
    if (values.length === 0) return;
    this.#writer.varint(field * 8 + 2);
    this.#writer.varint(8 * values.length);
    for (const value of values) this.#writer.f64(value);
  }

  text(field: number, text: string): void {
    this.#writer.varint(field * 8 + 2);
    this.#writer.string(text);
  }

  /** What stands before `length` bytes of a field. */
  head(field: number, length: number): void {
    this.#writer.varint(field * 8 + 2);
    this.#writer.varint(length);
  }

  bytes(field: number, bytes: Uint8Array): void {
    this.head(field, bytes.length);
    this.#writer.bytes(bytes);
  }

  /** Fields that are written already. */
  fields(bytes: Uint8Array): void {
    this.#writer.bytes(bytes);
  }

  message(field: number, write: (inner: ProtobufWriter) => void): void {
    const inner = new ProtobufWriter();
    write(inner);
    this.bytes(field, inner.#writer.view());
  }

  /** An int64 of ms; negative ones are ten bytes of two's complement. */
  int(field: number, value: number): void {
    if (value >= 0) {
      this.uint(field, value);
      return;
    }
    this.#writer.varint(field * 8);
    let rest = BigInt.asUintN(64, BigInt(value));
    for (; rest > 127n; rest >>= 7n) this.#writer.u8(Number(rest & 127n) | 128);
    this.#writer.u8(Number(rest));
  }

  copy(): Uint8Array<ArrayBuffer> {
    return this.#writer.copy();
  }
}
