import type { SampleBatch } from "@sightline/shared/model/sample";
import { decodeBatch, encodeBatch } from "@sightline/shared/protocol/batch";
import type { Spool, SpooledFrame, SpoolStatus } from "./spool.ts";

/** A ring of encoded frames: what a process without a disk keeps while the server is away. The oldest goes when it is full. */
export class MemorySpool implements Spool {
  readonly epoch: string;
  readonly outlives = false;
  readonly #maxBytes: number;
  /** In order of seq. */
  #frames = new Map<number, Uint8Array>();
  #bytes = 0;
  #lastSeq = 0;
  #dropped = 0;
  #setAside = 0;
  #durableSeq = 0;

  constructor(epoch: string, maxBytes: number, lastSeq = 0) {
    this.epoch = epoch;
    this.#maxBytes = maxBytes;
    this.#lastSeq = lastSeq;
  }

  get lastSeq(): number {
    return this.#lastSeq;
  }

  has(seq: number): boolean {
    return this.#frames.has(seq);
  }

  append(batch: SampleBatch): number {
    const bytes = encodeBatch(batch);
    const seq = ++this.#lastSeq;
    this.#frames.set(seq, bytes);
    this.#bytes += bytes.length;
    for (const [oldest] of this.#frames) {
      if (this.#bytes <= this.#maxBytes || oldest === seq) break;
      this.forget(oldest);
      if (oldest > this.#durableSeq) this.#dropped++;
    }
    return seq;
  }

  next(seq: number): SpooledFrame | null {
    for (let at = this.#firstAtLeast(seq); at !== null; at = this.#firstAtLeast(at + 1)) {
      const decoded = decodeBatch(this.#frames.get(at) ?? new Uint8Array());
      if (decoded.ok) return { seq: at, oldestSeq: this.#runStart(at), batch: decoded.value };
    }
    return null;
  }

  acknowledge(durableSeq: number): void {
    this.#durableSeq = Math.max(this.#durableSeq, durableSeq);
    for (const [seq] of this.#frames) {
      if (seq > durableSeq) break;
      this.forget(seq);
    }
  }

  setAside(seq: number): void {
    if (this.forget(seq)) this.#setAside++;
  }

  /** It is kept elsewhere, or nowhere any more; false when it was not here. */
  forget(seq: number): boolean {
    const bytes = this.#frames.get(seq);
    if (bytes === undefined) return false;
    this.#frames.delete(seq);
    this.#bytes -= bytes.length;
    return true;
  }

  skipTo(seq: number): void {
    this.#lastSeq = Math.max(this.#lastSeq, seq);
  }

  /** All that is here is later by so many. */
  shift(by: number): void {
    this.#frames = new Map(Array.from(this.#frames, ([seq, bytes]) => [seq + by, bytes]));
    this.#lastSeq += by;
  }

  renumber(): void {
    // Its epoch is its own: no other process has used these numbers.
  }

  status(): SpoolStatus {
    return { bytes: this.#bytes, frames: this.#frames.size, droppedFrames: this.#dropped, setAsideFrames: this.#setAside };
  }

  close(): void {
    this.#frames.clear();
    this.#bytes = 0;
  }

  #firstAtLeast(seq: number): number | null {
    if (this.#frames.has(seq)) return seq;
    for (const at of this.#frames.keys()) if (at >= seq) return at;
    return null;
  }

  #runStart(seq: number): number {
    let start = seq;
    while (this.#frames.has(start - 1)) start--;
    return start;
  }
}
