import { closeSync, existsSync, fstatSync, openSync, readSync } from "node:fs";
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

/** A chunk that is not as it was written. `samples`: how many its header says it held; null where that is gone, too. */
export class DamagedChunk extends UnreadableSource {
  readonly samples: number | null;

  constructor(message: string, data: Uint8Array) {
    super(message);
    this.samples = samplesIn(data);
  }
}

/** Chunks of every encoding begin with it. */
export const samplesIn = (data: Uint8Array): number | null => (data.length < 2 ? null : (data[0] as number) * 256 + (data[1] as number));

/** The segment files of a block's chunks (tsdb/docs/format/chunks.md), read through a window: series lie one behind the other in them. */
export class ChunkFiles {
  readonly #directory: string;
  readonly #window = Buffer.alloc(WINDOW);
  #file: { readonly segment: number; readonly descriptor: number; readonly bytes: number } | null = null;
  #from = 0;
  #length = 0;

  constructor(block: string) {
    this.#directory = join(block, "chunks");
  }

  /** Throws UnreadableSource when the chunk is not there, DamagedChunk when only a part is or its checksum is wrong. */
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
    const there = Math.max(0, (this.#file?.bytes ?? 0) - offset - at);
    head = this.#bytes(offset + at, Math.min(1 + length + 4, there));
    if (there < 1 + length + 4) throw new DamagedChunk(`segment ${segment} ends inside the chunk at ${offset}`, head.subarray(1));
    if (crc32c(head.subarray(0, 1 + length)) !== head.readUInt32BE(1 + length))
      throw new DamagedChunk(`the checksum of the chunk at ${offset} of segment ${segment} is wrong`, head.subarray(1, 1 + length));
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
    const descriptor = openSync(path, "r");
    this.#file = { segment, descriptor, bytes: fstatSync(descriptor).size };
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
