import type { SampleBatch } from "@sightline/shared/model/sample";

export interface SpooledFrame {
  readonly seq: number;
  /** Where the unbroken run of frames that ends at `seq` begins (PROTOCOL.md, oldestSeq). */
  readonly oldestSeq: number;
  readonly batch: SampleBatch;
}

export interface SpoolStatus {
  readonly bytes: number;
  readonly frames: number;
  /** Frames lost before the server had them: size limit or damage. */
  readonly droppedFrames: number;
  readonly setAsideFrames: number;
}

/** Frames numbered 1, 2, 3, … of one epoch, kept until the server has them. */
export interface Spool {
  readonly epoch: string;
  /** Whether what the server has not taken is there for the next process. */
  readonly outlives: boolean;
  /** 0 before the first. */
  readonly lastSeq: number;
  /** The number it got. Never throws: what cannot be kept on disk is kept in memory. */
  append(batch: SampleBatch): number;
  /** The first frame still there at `seq` or after it; null when there is none. */
  next(seq: number): SpooledFrame | null;
  /** Everything up to `durableSeq` need not be sent again; everything up to `archivedSeq` may go. */
  acknowledge(durableSeq: number, archivedSeq: number): void;
  /** Takes out a frame that the server will never accept. */
  setAside(seq: number): void;
  /** Before anything of this process was sent: what it has gathered gets numbers beyond `seq`, when the server is found to know these, which are another's then. */
  renumber(seq: number): void;
  /** Makes the next number greater than `seq`, when the server is found to know a higher one. */
  skipTo(seq: number): void;
  status(): SpoolStatus;
  close(): void;
}
