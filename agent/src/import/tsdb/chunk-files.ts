import { closeSync, existsSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import { crc32c } from "@sightline/shared/encoding/crc32c";
import { UnreadableSource } from "../import-source.ts";

const MAGIC = 0x85bd40dd;
const WINDOW = 1 << 20;
const MAX_LENGTH_BYTES = 5;

export interface Chunk {
  /** 1 floats, 2 histograms of whole counts, 3 histograms of floats. */
  readonly encoding: number;
  readonly bytes: Uint8Array;
}

/** The segment files of a block's chunks (tsdb/docs/format/chunks.md), read through a window: series lie one behind the other in them. */
export class ChunkFiles {
  readonly #directory: string;
  readonly #window = Buffer.alloc(WINDOW);
  #file: { readonly segment: number; readonly descriptor: number } | null = null;
  #from = 0;
  #length = 0;

  constructor(block: string) {
    this.#directory = join(block, "chunks");
  }

  /** Throws UnreadableSource when the chunk is not there or its checksum is wrong. */
  read(segment: number, offset: number): Chunk {
    this.#open(segment);
    let head = this.#bytes(offset, MAX_LENGTH_BYTES);
    let length = 0;
    let at = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = head[at++];
      if (byte === undefined || at > MAX_LENGTH_BYTES) throw new UnreadableSource(`no chunk at ${offset} of segment ${segment}`);
      length += (byte & 0x7f) * scale;
      if (byte < 0x80) break;
    }
    head = this.#bytes(offset + at, 1 + length + 4);
    if (head.length < 1 + length + 4) throw new UnreadableSource(`segment ${segment} ends inside the chunk at ${offset}`);
    if (crc32c(head.subarray(0, 1 + length)) !== head.readUInt32BE(1 + length))
      throw new UnreadableSource(`the checksum of the chunk at ${offset} of segment ${segment} is wrong`);
    return { encoding: head[0] as number, bytes: head.subarray(1, 1 + length) };
  }

  close(): void {
    if (this.#file !== null) closeSync(this.#file.descriptor);
    this.#file = null;
    this.#length = 0;
  }

  #open(segment: number): void {
    if (this.#file?.segment === segment) return;
    this.close();
    // References count from 0, files from 1.
    const path = join(this.#directory, String(segment + 1).padStart(6, "0"));
    if (!existsSync(path)) throw new UnreadableSource(`its chunks ${path} are missing`);
    this.#file = { segment, descriptor: openSync(path, "r") };
    const start = this.#bytes(0, 8);
    if (start.length < 8 || start.readUInt32BE(0) !== MAGIC || start[4] !== 1)
      throw new UnreadableSource(`${path} does not hold chunks of version 1`);
  }

  /** Bytes of the open segment, fewer at its end. Valid until the next call. */
  #bytes(offset: number, length: number): Buffer {
    if (this.#file === null) throw new UnreadableSource("no segment is open");
    if (length > WINDOW) {
      const large = Buffer.alloc(length);
      return large.subarray(0, readSync(this.#file.descriptor, large, 0, length, offset));
    }
    if (offset < this.#from || offset + length > this.#from + this.#length) {
      this.#from = offset;
      this.#length = readSync(this.#file.descriptor, this.#window, 0, WINDOW, offset);
    }
    return this.#window.subarray(offset - this.#from, Math.min(offset - this.#from + length, this.#length));
  }
}
