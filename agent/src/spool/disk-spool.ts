import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { SampleBatch } from "@sightline/shared/model/sample";
import { encodeBatch } from "@sightline/shared/protocol/batch";
import { FrameEncoder } from "@sightline/shared/protocol/frame";
import type { Log } from "../log.ts";
import { MemorySpool } from "./memory-spool.ts";
import { SKIP, type Segment, moved, recoverSegments } from "./recover-segments.ts";
import { SegmentReader, decodeSegmentHeader, encodeRecord, encodeSegmentHeader } from "./segment.ts";
import type { Spool, SpooledFrame, SpoolStatus } from "./spool.ts";
import { readPosition, removePosition, segmentPath, writePosition } from "./spool-directory.ts";

const POSITION_EVERY_MS = 1000;
const RETRY_DISK_MS = 30_000;
const MAX_SET_ASIDE_FILES = 20;

interface Cursor {
  readonly segment: Segment;
  readonly reader: SegmentReader;
  ahead: SpooledFrame | null;
}

export interface DiskSpoolOptions {
  readonly directory: string;
  /** Bytes of all segments; beyond it the oldest goes. */
  readonly maxBytes: number;
  readonly segmentBytes: number;
  /** Bytes kept in memory while the disk refuses. */
  readonly memoryBytes: number;
  /** Names this boot of the machine; empty when unknown. */
  readonly boot: string;
  readonly createEpoch: () => string;
  readonly now: () => number;
  readonly log: Log;
  /** What else was in the directory, where somebody took that away while it was in use. */
  readonly restore?: () => void;
}

/** Throws when the directory cannot be made or listed: the caller then falls back to a MemorySpool. */
export class DiskSpool implements Spool {
  readonly epoch: string;
  readonly outlives = true;
  readonly #options: DiskSpoolOptions;
  /** Oldest first; only the last may be open for writing. */
  readonly #segments: Segment[];
  /** Frames not (yet) readable from disk: those of a failing disk, and the newest, so that the live path never reads. */
  #tail = new Map<number, SampleBatch>();
  #overflow: MemorySpool;
  readonly #missing = new Set<number>();
  #encoder = new FrameEncoder();
  #file: number | null = null;
  #cursor: Cursor | null = null;
  #lastSeq = 0;
  /** What is newer was gathered since: no server can know it before it is sent. */
  #openedSeq = 0;
  #skipped: readonly [after: number, until: number];
  #durableSeq = 0;
  #archivedSeq = 0;
  #dropped = 0;
  #setAside = 0;
  /** Somebody took away what the directory had. */
  #bare = false;
  #positionAt = 0;
  #diskRetryAt = 0;

  constructor(options: DiskSpoolOptions) {
    this.#options = options;
    mkdirSync(options.directory, { recursive: true, mode: 0o700 });
    const position = readPosition(options.directory);
    const { epoch, segments, lastSeq, lost, torn } = recoverSegments(options.directory, position, options.log);
    this.#segments = segments;
    this.#lastSeq = lastSeq;
    this.#dropped = lost;
    this.epoch = epoch === "" ? options.createEpoch() : epoch;
    if (position !== null && position.epoch === this.epoch) {
      this.#durableSeq = position.durableSeq;
      this.#archivedSeq = position.archivedSeq;
      this.#lastSeq = Math.max(this.#lastSeq, position.lastSeq, position.durableSeq);
      const isWhole = position.boot !== "" && position.boot === options.boot && !torn;
      // A disk that refuses now may have refused before.
      if (!position.clean && !(isWhole && this.#savePosition(false))) this.#lastSeq += SKIP;
    } else if (this.#lastSeq > 0) this.#lastSeq += SKIP;
    this.#openedSeq = this.#lastSeq;
    this.#skipped = [lastSeq, this.#openedSeq];
    this.#overflow = new MemorySpool(this.epoch, options.memoryBytes, this.#lastSeq);
    this.#savePosition(false);
  }

  get lastSeq(): number {
    return this.#lastSeq;
  }

  append(batch: SampleBatch): number {
    const seq = this.#lastSeq + 1;
    this.#lookForDeleted();
    if (this.#options.now() >= this.#diskRetryAt && this.#bringBack() && this.#write(seq, batch)) {
      this.#tail.set(seq, batch);
      for (const [oldest] of this.#tail) {
        if (this.#tail.size <= 16) break;
        this.#tail.delete(oldest);
      }
    } else {
      this.#overflow.skipTo(this.#lastSeq);
      this.#overflow.append(batch);
      // No segment tells of its number.
      this.#positionAt = -Infinity;
    }
    this.#lastSeq = seq;
    this.#dropOldest();
    if (this.#options.now() - this.#positionAt >= POSITION_EVERY_MS) this.#savePosition(false);
    return seq;
  }

  next(seq: number): SpooledFrame | null {
    const batch = this.#tail.get(seq);
    if (batch !== undefined && !this.#missing.has(seq)) return { seq, oldestSeq: this.#runStart(seq), batch };
    const onDisk = this.#nextOnDisk(seq);
    const inMemory = this.#overflow.next(seq);
    if (onDisk === null && inMemory === null) return null;
    const frame = inMemory === null || (onDisk !== null && onDisk.seq < inMemory.seq) ? onDisk : inMemory;
    if (frame === null) return null;
    // Everything between what was asked for and what was found is gone: a hole that ends here.
    const oldestSeq = frame.seq > seq ? frame.seq : this.#runStart(frame.seq);
    return { seq: frame.seq, oldestSeq, batch: frame.batch };
  }

  acknowledge(durableSeq: number, archivedSeq: number): void {
    this.#durableSeq = durableSeq;
    this.#archivedSeq = archivedSeq;
    for (const seq of this.#tail.keys()) if (seq <= durableSeq) this.#tail.delete(seq);
    for (const seq of this.#missing) if (seq <= archivedSeq) this.#missing.delete(seq);
    this.#overflow.acknowledge(durableSeq);
    for (const segment of this.#segments.filter((one) => one.lastSeq <= archivedSeq && !this.#isOpen(one))) this.#remove(segment);
    if (this.#options.now() - this.#positionAt >= POSITION_EVERY_MS) this.#savePosition(false);
  }

  setAside(seq: number): void {
    const frame = this.next(seq);
    this.#missing.add(seq);
    this.#tail.delete(seq);
    this.#overflow.setAside(seq);
    this.#setAside++;
    if (frame === null || frame.seq !== seq || this.#setAside > MAX_SET_ASIDE_FILES) return;
    try {
      const directory = join(this.#options.directory, "set-aside");
      mkdirSync(directory, { recursive: true, mode: 0o700 });
      writeFileSync(join(directory, `${seq}.batch`), encodeBatch(frame.batch), { mode: 0o600 });
    } catch {
      // Counted all the same; keeping the bytes is a courtesy to whoever looks for the reason.
    }
  }

  skipTo(seq: number): void {
    if (seq <= this.#lastSeq) return;
    this.#lastSeq = seq;
    this.#closeSegment();
  }

  renumber(seq: number): void {
    // Where nothing was gathered since there is nothing to number anew.
    if (seq <= this.#openedSeq || this.#lastSeq === this.#openedSeq) return;
    const before = this.#openedSeq;
    this.#closeSegment();
    // A number is left out, so that nobody takes what is before it for a part of the same run.
    this.#openedSeq = Math.max(seq, this.#lastSeq) + 1;
    const by = this.#openedSeq - before;
    this.#lastSeq += by;
    this.#skipped = [before, this.#openedSeq];
    // Before the first file is renamed: who finds some of them under their names of before goes on with it.
    this.#savePosition(false, true);
    for (const [at, segment] of this.#segments.entries())
      if (segment.firstSeq > before) this.#segments[at] = moved(segment, by, this.#options.directory, this.#options.log);
    this.#savePosition(false);
    this.#overflow.shift(by);
    this.#tail = new Map(Array.from(this.#tail, ([old, batch]) => [old + by, batch]));
    this.#options.log.warn(
      `the server has frames up to ${seq} of this spool, which knew of ${before} when it was opened, as a copy does that is put back; what has been gathered since is numbered anew`,
    );
  }

  status(): SpoolStatus {
    const overflow = this.#overflow.status();
    return {
      bytes: this.#segments.reduce((sum, segment) => sum + segment.bytes, 0) + overflow.bytes,
      frames: Math.max(0, this.#lastSeq - this.#durableSeq),
      droppedFrames: this.#dropped + overflow.droppedFrames,
      setAsideFrames: this.#setAside,
    };
  }

  close(): void {
    this.#bringBack();
    const { frames } = this.#overflow.status();
    if (frames > 0) this.#options.log.warn(`${frames} frames that waited in memory are lost: the spool cannot be written`);
    this.#closeSegment();
    this.#savePosition(true);
  }

  /** What waited in memory goes to the disk, before what is younger; false when the disk refuses. */
  #bringBack(): boolean {
    for (let frame = this.#overflow.next(0); frame !== null; frame = this.#overflow.next(0)) {
      // Numbers of a segment have no holes.
      if (this.#segments.at(-1)?.lastSeq !== frame.seq - 1) this.#closeSegment();
      if (!this.#write(frame.seq, frame.batch)) return false;
      this.#overflow.forget(frame.seq);
    }
    return true;
  }

  #write(seq: number, batch: SampleBatch): boolean {
    let segment = this.#segments.at(-1);
    try {
      if (this.#file === null || segment === undefined || segment.bytes >= this.#options.segmentBytes) {
        this.#closeSegment();
        const header = encodeSegmentHeader(this.epoch, seq);
        const path = segmentPath(this.#options.directory, seq);
        if (mkdirSync(this.#options.directory, { recursive: true, mode: 0o700 }) !== undefined || this.#bare) this.#options.restore?.();
        this.#bare = false;
        this.#file = openSync(path, "w", 0o600);
        segment = { path, firstSeq: seq, lastSeq: seq - 1, bytes: 0 };
        this.#segments.push(segment);
        segment.bytes += writeWhole(this.#file, header);
      }
      segment.bytes += writeWhole(this.#file, encodeRecord(this.#encoder.encode(this.epoch, seq, batch)));
      segment.lastSeq = seq;
      return true;
    } catch (error) {
      this.#closeSegment();
      // The next try makes the same file anew.
      if (segment !== undefined && segment.lastSeq < segment.firstSeq) this.#remove(segment);
      this.#diskRetryAt = this.#options.now() + RETRY_DISK_MS;
      this.#options.log.warn(
        `the spool cannot be written: ${error instanceof Error ? error.message : String(error)}; up to ${this.#options.memoryBytes} bytes are kept in memory, free some space in ${this.#options.directory}`,
      );
      return false;
    }
  }

  /** A file that was deleted takes what is written to it all the same. */
  #lookForDeleted(): void {
    const open = this.#segments.at(-1);
    if (this.#file === null || open === undefined || existsSync(open.path)) return;
    const gone = this.#segments.filter(({ path }) => !existsSync(path));
    for (const segment of gone) this.#lose(segment, segment.firstSeq, "is not there any more");
    this.#bare = true;
  }

  /** What cannot be read of a segment from a frame on is a hole, but for the newest frames, which memory has. */
  #lose(segment: Segment, from: number, why: string): void {
    // What waits there is written behind every segment that is still there.
    const keeps = this.#segments.slice(this.#segments.indexOf(segment) + 1).every(({ path }) => !existsSync(path));
    if (this.#isOpen(segment)) this.#closeSegment();
    const first = Math.max(from, this.#durableSeq + 1);
    let lost = Math.max(0, segment.lastSeq + 1 - first);
    for (const [seq, batch] of this.#tail) {
      if (seq < from || seq > segment.lastSeq) continue;
      this.#tail.delete(seq);
      if (!keeps || this.#overflow.lastSeq >= seq) continue;
      this.#overflow.skipTo(seq - 1);
      this.#overflow.append(batch);
      lost--;
    }
    this.#dropped += lost;
    if (from === segment.firstSeq) this.#segments.splice(this.#segments.indexOf(segment), 1);
    else segment.lastSeq = from - 1;
    if (this.#cursor?.segment === segment) this.#cursor = null;
    this.#options.log.warn(
      `spool segment ${segment.path} ${why} from frame ${from} on; of what the server does not have yet ${lost} frames are lost`,
    );
  }

  #nextOnDisk(seq: number): SpooledFrame | null {
    for (const segment of this.#segments) {
      if (segment.lastSeq < seq || segment.lastSeq < segment.firstSeq) continue;
      let why: string | null = null;
      let fresh = this.#cursor?.segment !== segment || (this.#cursor.ahead !== null && this.#cursor.ahead.seq > seq);
      if (fresh) why = this.#openCursor(segment);
      for (;;) {
        const cursor: Cursor | null = this.#cursor;
        if (cursor === null || cursor.segment !== segment) break;
        const frame = cursor.ahead;
        if (frame !== null && frame.seq >= seq && !this.#missing.has(frame.seq)) return frame;
        const record = cursor.reader.next();
        if (record === null) {
          if (fresh) break;
          // It was opened while the segment was shorter: what has been written since is read now, not at the next call, which may never come.
          why = this.#openCursor(segment);
          fresh = true;
          continue;
        }
        cursor.ahead = { seq: record.seq, oldestSeq: record.seq, batch: record.batch };
      }
      const read = this.#cursor?.ahead?.seq ?? segment.firstSeq - 1;
      this.#cursor = null;
      if (read < segment.lastSeq) {
        this.#lose(segment, read + 1, why ?? "is damaged");
        return this.#nextOnDisk(seq);
      }
    }
    return null;
  }

  /** Says why it cannot be read, where it cannot. */
  #openCursor(segment: Segment): string | null {
    this.#cursor = null;
    try {
      const bytes = readFileSync(segment.path);
      const header = decodeSegmentHeader(bytes);
      if (header !== null) this.#cursor = { segment, reader: new SegmentReader(bytes, header, segment.firstSeq), ahead: null };
      return null;
    } catch (error) {
      return `cannot be read (${error instanceof Error ? error.message : String(error)})`;
    }
  }

  /** Walks back segment by segment, not frame by frame: a day's spool is 100,000 of them. */
  #runStart(seq: number): number {
    let hole = 0;
    for (const missing of this.#missing) if (missing < seq && missing > hole) hole = missing;
    let start = seq;
    for (;;) {
      const before = start - 1;
      const segment = this.#segments.find((one) => one.firstSeq <= before && before <= one.lastSeq);
      if (segment !== undefined) start = segment.firstSeq;
      else if (this.#overflow.has(before)) start = before;
      else return Math.max(start, hole + 1);
    }
  }

  #dropOldest(): void {
    let bytes = this.#segments.reduce((sum, segment) => sum + segment.bytes, 0);
    while (bytes > this.#options.maxBytes && this.#segments.length > 1) {
      const oldest = this.#segments[0] as Segment;
      const lost = Math.max(0, oldest.lastSeq - Math.max(oldest.firstSeq - 1, this.#durableSeq));
      if (lost > 0) {
        this.#dropped += lost;
        this.#options.log.warn(
          `the spool is full (${this.#options.maxBytes} bytes): its ${lost} oldest frames were dropped; raise spoolMaxBytes or bring the server back`,
        );
      }
      bytes -= oldest.bytes;
      this.#remove(oldest);
    }
  }

  #isOpen(segment: Segment): boolean {
    return this.#file !== null && this.#segments.at(-1) === segment;
  }

  #remove(segment: Segment): void {
    this.#segments.splice(this.#segments.indexOf(segment), 1);
    if (this.#cursor?.segment === segment) this.#cursor = null;
    rmSync(segment.path, { force: true });
  }

  #closeSegment(): void {
    if (this.#file !== null) closeSync(this.#file);
    this.#file = null;
    this.#encoder = new FrameEncoder();
    this.#cursor = null;
  }

  /** False when the disk refuses: what it holds is too old then, and to take it away takes no room. */
  #savePosition(clean: boolean, renaming = false): boolean {
    this.#positionAt = this.#options.now();
    try {
      writePosition(this.#options.directory, {
        epoch: this.epoch,
        durableSeq: this.#durableSeq,
        archivedSeq: this.#archivedSeq,
        lastSeq: this.#lastSeq,
        skipped: this.#skipped,
        renaming,
        boot: this.#options.boot,
        clean,
      });
      return true;
    } catch {
      // Without it numbering goes on further, and the server answers duplicates as such.
      removePosition(this.#options.directory);
      return false;
    }
  }
}

/** A disk that fills up writes less than it was asked to. */
function writeWhole(file: number, bytes: Uint8Array): number {
  const written = writeSync(file, bytes);
  if (written !== bytes.length) throw new Error(`wrote ${written} of ${bytes.length} bytes`);
  return written;
}
