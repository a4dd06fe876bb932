import { existsSync, readFileSync } from "node:fs";

const HEADER = 32;
const FRAME_HEADER = 24;
const LITTLE_ENDIAN = 0x377f0682;
/** Of a wal-index (SQLite's "WAL-mode File Format", section 2): two equal headers, then how far the database has it all. */
const INDEX_HEADER = 48;
const INDEX_VERSION = 3_007_000;

interface Frames {
  /** Those SQLite goes on with. */
  readonly valid: number;
  /** Behind the first that is not valid, of the same generation: no kill leaves such. */
  readonly beyond: number;
  /** Names the generation. */
  readonly salts: string;
}

/**
 * Frames of a database's `-wal` that were committed and that SQLite will pass over in silence, as they are cut off, overwritten or
 * gone with the file; 0 when there are none or nothing tells of them. What tells is the frames behind a damaged one, and
 * the `-shm` that a killed process leaves: it counts what was committed and what of it has reached the database.
 */
export function lostFrames(database: string): number {
  const frames = framesOf(readIfThere(`${database}-wal`));
  const index = indexOf(readIfThere(`${database}-shm`));
  const sameGeneration = index !== null && (frames === null || index.salts === frames.salts);
  const expected = sameGeneration && index.committed > index.inDatabase ? index.committed : 0;
  const valid = frames?.valid ?? index?.inDatabase ?? 0;
  return Math.max(frames?.beyond ?? 0, expected - Math.max(valid, index?.inDatabase ?? 0), 0);
}

const readIfThere = (path: string): Buffer => (existsSync(path) ? readFileSync(path) : Buffer.alloc(0));

/** Null for a file whose header is not one. */
function framesOf(wal: Buffer): Frames | null {
  if (wal.length < HEADER) return null;
  const magic = wal.readUInt32BE(0);
  const pageSize = wal.readUInt32BE(8);
  if ((magic & ~1) >>> 0 !== LITTLE_ENDIAN || pageSize < 512 || pageSize > 65_536) return null;
  const read = magic === LITTLE_ENDIAN ? (at: number) => wal.readInt32LE(at) : (at: number) => wal.readInt32BE(at);
  let first = 0;
  let second = 0;
  const add = (from: number, bytes: number): void => {
    for (let at = from; at < from + bytes; at += 8) {
      first = (first + read(at) + second) | 0;
      second = (second + read(at + 4) + first) | 0;
    }
  };
  const sumIs = (at: number): boolean => wal.readInt32BE(at) === first && wal.readInt32BE(at + 4) === second;
  add(0, 24);
  if (!sumIs(24)) return null;
  const salts = wal.toString("hex", 16, 24);
  const size = FRAME_HEADER + pageSize;
  let valid = 0;
  let last = -1;
  let sound = true;
  let frame = 0;
  for (let at = HEADER; at + size <= wal.length; at += size, frame++) {
    if (wal.toString("hex", at + 8, at + 16) !== salts) {
      sound = false;
      continue;
    }
    last = frame;
    if (!sound) continue;
    add(at, 8);
    add(at + FRAME_HEADER, pageSize);
    sound = sumIs(at + 16);
    if (sound) valid = frame + 1;
  }
  // The last one may be one that a kill has left half written.
  return { valid, beyond: last > valid ? last + 1 - valid : 0, salts };
}

/** Null for what is no wal-index, or is being written. */
function indexOf(shm: Buffer): { readonly committed: number; readonly inDatabase: number; readonly salts: string } | null {
  if (shm.length < 2 * INDEX_HEADER + 4 || shm.readUInt32LE(0) !== INDEX_VERSION) return null;
  if (!shm.subarray(0, INDEX_HEADER).equals(shm.subarray(INDEX_HEADER, 2 * INDEX_HEADER))) return null;
  return { committed: shm.readUInt32LE(16), inDatabase: shm.readUInt32LE(2 * INDEX_HEADER), salts: shm.toString("hex", 32, 40) };
}
