import { MalformedProtobuf } from "../ingest/protobuf-reader.ts";

/** The protobuf wire format read by one cursor, without an object per message. Throws MalformedProtobuf. */
export class WireCursor {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  at = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** An unsigned varint, exact up to 2^53. */
  uint(end: number): number {
    const first = this.bytes[this.at] as number;
    if (this.at < end && first < 0x80) {
      this.at++;
      return first;
    }
    let value = 0;
    for (let scale = 1; this.at < end && scale < 2 ** 70; scale *= 128) {
      const byte = this.bytes[this.at++] as number;
      if (scale === 2 ** 63 && byte > 1) break;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
    throw new MalformedProtobuf(`a varint is cut off or too long at byte ${this.at}`);
  }

  /** An int64 varint, exact between ±2^53. */
  int(end: number): number {
    let low = 0;
    let high = 0;
    for (let shift = 0; this.at < end && shift < 70; shift += 7) {
      const byte = this.bytes[this.at++] as number;
      if (shift === 63 && byte > 1) break;
      const bits = byte & 0x7f;
      if (shift < 28) low |= bits << shift;
      else if (shift === 28) {
        low |= bits << 28;
        high = bits >> 4;
      } else high |= bits << (shift - 32);
      if (byte < 0x80) return high * 0x1_0000_0000 + (low >>> 0);
    }
    throw new MalformedProtobuf(`a varint is cut off or too long at byte ${this.at}`);
  }

  /** Field number times 8 plus wire type. */
  tag(end: number): number {
    const tag = this.uint(end);
    if (tag < 8 || tag > 0xffff_ffff) throw new MalformedProtobuf(`a tag of ${tag} at byte ${this.at}`);
    return tag;
  }

  /** End of the length-delimited field whose payload then begins at `at`. */
  payload(end: number): number {
    const size = this.uint(end);
    if (size > end - this.at) throw new MalformedProtobuf(`a field runs past its message at byte ${this.at}`);
    return this.at + size;
  }

  skip(wireType: number, end: number): void {
    if (wireType === 0) this.uint(end);
    else if (wireType === 2) this.at = this.payload(end);
    else {
      const size = wireType === 1 ? 8 : wireType === 5 ? 4 : Infinity;
      if (size > end - this.at) throw new MalformedProtobuf(`wire type ${wireType} at byte ${this.at}`);
      this.at += size;
    }
  }
}
