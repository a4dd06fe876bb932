import { readFileSync, renameSync, rmSync, truncateSync } from "node:fs";
import type { Log } from "../log.ts";
import { SegmentReader, decodeSegmentHeader } from "./segment.ts";
import { type Position, firstSeqOf, segmentPath, segmentPaths } from "./spool-directory.ts";

/** Jump of the numbering after a crash that may have lost the end of the spool, so that no number is used twice. */
export const SKIP = 1_000_000;

export interface Segment {
  readonly path: string;
  readonly firstSeq: number;
  lastSeq: number;
  bytes: number;
}

export interface Recovered {
  /** That of the newest good segment; "" without any. */
  readonly epoch: string;
  /** Oldest first. */
  readonly segments: Segment[];
  /** Of the newest frame that can be read; 0 without any. */
  readonly lastSeq: number;
  /** Frames that the server had not when the position was written, and that cannot be read any more. */
  readonly lost: number;
  /** Frames that the server may have are not here any more. */
  readonly torn: boolean;
}

/**
 * What of the segments in a directory is good. What is behind the first damage of one is cut off, for nothing reads it, and is to be counted once. Frames
 * that the position knows and no segment has, as they waited in memory when the process was killed or the disk lost them, are lost as well. Throws when the
 * directory cannot be listed or a segment not be read.
 */
export function recoverSegments(directory: string, position: Position | null, log: Log): Recovered {
  const skipped = position?.skipped ?? [0, 0];
  if (position?.renaming === true) moveTheRest(directory, position.skipped);
  const paths = segmentPaths(directory);
  const segments: Segment[] = [];
  let epoch = position?.epoch ?? "";
  let [lastSeq, lost, torn] = [0, 0, false];
  /** How many from there up to where the next segment begins, or else to the last that was numbered. What was jumped over was no frames. */
  const hole = (from: number, next: string | undefined): number => {
    const known = position !== null && position.epoch === epoch ? position : { lastSeq: 0, durableSeq: 0 };
    const until = next === undefined ? known.lastSeq : firstSeqOf(next) - 1;
    const after = Math.max(from - 1, known.durableSeq);
    const unused = Math.max(0, Math.min(until, skipped[1]) - Math.max(after, skipped[0]));
    return Math.max(0, until - after - unused) % SKIP;
  };
  // Where nobody knows how many it was at least one.
  const least = position === null ? 1 : 0;
  for (const [at, path] of paths.entries()) {
    const bytes = readFileSync(path);
    const header = decodeSegmentHeader(bytes);
    const next = paths[at + 1];
    if (header === null || (epoch !== "" && header.epoch !== epoch)) {
      const gone = Math.max(least, hole(firstSeqOf(path), next));
      const why = header === null ? "has no readable head" : "is of another numbering";
      log.warn(
        `spool segment ${path} ${why}; it was removed, the others are kept; of what the server did not have ${gone} frames are lost`,
      );
      rmSync(path, { force: true });
      lost += gone;
      torn = true;
      continue;
    }
    ({ epoch } = header);
    const firstSeq = firstSeqOf(path);
    const reader = new SegmentReader(bytes, header, firstSeq);
    let last = firstSeq - 1;
    let end = header.length;
    for (let record = reader.next(); record !== null; record = reader.next()) ({ seq: last, end } = record);
    if (!reader.whole) {
      const gone = Math.max(least, hole(last + 1, next));
      log.warn(
        `spool segment ${path} is damaged after frame ${last}; what came before it is kept; of what the server did not have ${gone} frames are lost`,
      );
      cut(path, end);
      lost += gone;
      torn = true;
    } else if (next === undefined) lost += hole(last + 1, next);
    if (last < firstSeq) {
      remove(path);
      continue;
    }
    segments.push({ path, firstSeq, lastSeq: last, bytes: end });
    lastSeq = Math.max(lastSeq, last);
  }
  if (paths.length === 0) lost += hole(1, undefined);
  return { epoch, segments, lastSeq, lost, torn };
}

/** The segment as it is after all its frames were numbered anew, `by` further: its name alone says so, and nothing is copied. */
export function moved(segment: Segment, by: number, directory: string, log: Log): Segment {
  const firstSeq = segment.firstSeq + by;
  const path = segmentPath(directory, firstSeq);
  try {
    renameSync(segment.path, path);
    return { ...segment, path, firstSeq, lastSeq: segment.lastSeq + by };
  } catch (error) {
    log.warn(
      `spool segment ${segment.path} cannot be renamed (${error instanceof Error ? error.message : String(error)}): after a restart its frames have numbers that the server takes for others'`,
    );
    return { ...segment, firstSeq, lastSeq: segment.lastSeq + by };
  }
}

/** A numbering anew that was cut short. */
function moveTheRest(directory: string, [after, until]: Position["skipped"]): void {
  for (const path of segmentPaths(directory)) {
    const firstSeq = firstSeqOf(path);
    if (firstSeq > after && firstSeq <= until) renameSync(path, segmentPath(directory, firstSeq + until - after));
  }
}

function remove(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // It holds nothing, and the next one that is written takes its place.
  }
}

function cut(path: string, length: number): void {
  try {
    truncateSync(path, length);
  } catch {
    // Of a disk that takes no changes it is told and counted at each start.
  }
}
