import { crc32, deflateRawSync } from "node:zlib";

/** So that what follows begins at a byte (zlib's Z_SYNC_FLUSH). */
const SYNC_FLUSH = 2;
/** RFC 1952: deflate, no name, no time, the fastest level, any system. */
const HEADER = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 4, 255];
/** The last block, empty. */
const END = [3, 0];

/**
 * One gzip stream, made a piece at a time by calls that end before others have waited for long: a `CompressionStream` takes
 * what it is given in one go, and gives no choice of level. At the lowest, as these are numbers and time is dearer than bytes.
 */
export class GzipPieces {
  #crc = 0;
  #length = 0;
  #hasBegun = false;

  /** Larger than some 64 kB, a piece takes long. */
  pack(piece: Uint8Array): Uint8Array<ArrayBuffer> {
    this.#crc = crc32(piece, this.#crc);
    this.#length += piece.length;
    const packed = deflateRawSync(piece, { level: 1, finishFlush: SYNC_FLUSH });
    return this.#begun(packed);
  }

  /** What follows the last piece. */
  end(): Uint8Array<ArrayBuffer> {
    const last = new Uint8Array(END.length + 8);
    last.set(END);
    const view = new DataView(last.buffer, END.length);
    view.setUint32(0, this.#crc, true);
    view.setUint32(4, this.#length % 2 ** 32, true);
    return this.#begun(last);
  }

  #begun(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
    const head = this.#hasBegun ? [] : HEADER;
    this.#hasBegun = true;
    const all = new Uint8Array(head.length + bytes.length);
    all.set(head);
    all.set(bytes, head.length);
    return all;
  }
}
