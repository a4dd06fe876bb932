import { TextCache } from "./text-cache.ts";

const texts = new TextCache();

/** Thrown inside decoders on malformed wire data and caught at their edge; never leaves the ingest folder. */
export class MalformedProtobuf extends Error {}

/** Reads the protobuf wire format in place. A field is `next()`, then exactly one of the readers or `skip()`. */
export class ProtobufReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at: number;
  readonly #end: number;
  /** Of the current field. */
  field = 0;
  wireType = 0;
  /** Of the int64 read last, 32 bits each. */
  #low = 0;
  #high = 0;

  constructor(bytes: Uint8Array, start = 0, end = bytes.length, view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)) {
    this.#bytes = bytes;
    this.#view = view;
    this.#at = start;
    this.#end = end;
  }

  /** Moves to the next field; false at the end of the message. */
  next(): boolean {
    if (this.#at >= this.#end) return false;
    const tag = this.uint();
    this.field = Math.floor(tag / 8);
    this.wireType = tag % 8;
    if (this.field === 0 || tag > 0xffff_ffff) throw new MalformedProtobuf(`field number ${this.field} at byte ${this.#at}`);
    return true;
  }

  /** Refuses the current field when it is not of this wire type: its reader would read something else. */
  expect(wireType: number): this {
    if (this.wireType !== wireType) throw new MalformedProtobuf(`wire type ${this.wireType} of field ${this.field} at byte ${this.#at}`);
    return this;
  }

  /** Bytes of the message that are not read yet. */
  get length(): number {
    return this.#end - this.#at;
  }

  /** Whether the double that comes next is Prometheus's stale marker, by its bytes: those of a NaN that is held in a field may change. */
  get atStale(): boolean {
    return (
      this.#at + 8 <= this.#end && this.#view.getUint32(this.#at, true) === 2 && this.#view.getUint32(this.#at + 4, true) === 0x7ff00000
    );
  }

  get atEnd(): boolean {
    return this.#at >= this.#end;
  }

  /** An unsigned varint as a number: exact up to 2^53, the sizes and ids of a message. */
  uint(): number {
    // Nearly every tag and length is one byte.
    const first = this.#bytes[this.#at] ?? 0x80;
    if (first < 0x80 && this.#at < this.#end) {
      this.#at++;
      return first;
    }
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      if (this.#at >= this.#end || scale > 2 ** 63) throw new MalformedProtobuf(`a varint is cut off at byte ${this.#at}`);
      const byte = this.#bytes[this.#at++] ?? 0;
      if (scale === 2 ** 63 && byte > 1) throw new MalformedProtobuf(`a varint of more than 64 bits at byte ${this.#at}`);
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  }

  /** An int64 varint (two's complement in ten bytes when negative); exact between ±2^53. */
  int(): number {
    this.#readInt();
    return this.#high * 0x1_0000_0000 + (this.#low >>> 0);
  }

  /** The same, exact: a bigint beyond ±2^53. */
  integer(): number | bigint {
    const near = this.int();
    return Number.isSafeInteger(near) ? near : (BigInt(this.#high) << 32n) | BigInt(this.#low >>> 0);
  }

  #readInt(): void {
    let low = 0;
    let high = 0;
    for (let shift = 0; ; shift += 7) {
      if (this.#at >= this.#end || shift > 63) throw new MalformedProtobuf(`a varint is cut off at byte ${this.#at}`);
      const byte = this.#bytes[this.#at++] ?? 0;
      if (shift === 63 && byte > 1) throw new MalformedProtobuf(`a varint of more than 64 bits at byte ${this.#at}`);
      const bits = byte & 0x7f;
      if (shift < 28) low |= bits << shift;
      else if (shift === 28) {
        low |= bits << 28;
        high = bits >> 4;
      } else high |= bits << (shift - 32);
      if (byte >= 0x80) continue;
      this.#low = low;
      this.#high = high;
      return;
    }
  }

  /** A zigzag varint. */
  sint(): number {
    const value = this.uint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  double(): number {
    if (this.#at + 8 > this.#end) throw new MalformedProtobuf(`a double is cut off at byte ${this.#at}`);
    const value = this.#view.getFloat64(this.#at, true);
    this.#at += 8;
    return value;
  }

  /** A fixed64; `BigInt.asIntN(64, …)` of it is an sfixed64. */
  fixed64(): bigint {
    if (this.#at + 8 > this.#end) throw new MalformedProtobuf(`a fixed64 is cut off at byte ${this.#at}`);
    const value = this.#view.getBigUint64(this.#at, true);
    this.#at += 8;
    return value;
  }

  /** Bytes of a length-delimited field, in place. */
  bytes(): Uint8Array {
    const size = this.#length();
    const start = this.#at;
    this.#at = start + size;
    return this.#bytes.subarray(start, start + size);
  }

  /** A nested message, or a packed field, as a reader of its own. */
  message(): ProtobufReader {
    const size = this.#length();
    const start = this.#at;
    this.#at = start + size;
    return new ProtobufReader(this.#bytes, start, start + size, this.#view);
  }

  /** Of the payload that follows, which is inside the message. */
  #length(): number {
    const size = this.uint();
    if (this.wireType !== 2 || size > this.#end - this.#at)
      throw new MalformedProtobuf(`field ${this.field} runs past its message at byte ${this.#at}`);
    return size;
  }

  string(): string {
    const size = this.#length();
    const start = this.#at;
    this.#at = start + size;
    try {
      return texts.read(this.#bytes, start, this.#at);
    } catch {
      throw new MalformedProtobuf(`field ${this.field} is not UTF-8 at byte ${start}`);
    }
  }

  skip(): void {
    if (this.wireType === 0) this.uint();
    else if (this.wireType === 1) this.#advance(8);
    else if (this.wireType === 2) this.#advance(this.uint());
    else if (this.wireType === 5) this.#advance(4);
    else throw new MalformedProtobuf(`wire type ${this.wireType} of field ${this.field} at byte ${this.#at}`);
  }

  #advance(size: number): void {
    if (size > this.#end - this.#at) throw new MalformedProtobuf(`field ${this.field} runs past its message at byte ${this.#at}`);
    this.#at += size;
  }
}
