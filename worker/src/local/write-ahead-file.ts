import { existsSync, readFileSync } from "node:fs";

const HEADER = 32;
const FRAME_HEADER = 24;
const LITTLE_ENDIAN = 0x377f0682;
const BIG_ENDIAN = 0x377f0683;
const VERSION = 3_007_000;
/** Of every file that workerd makes. */
const PAGE = 4096;
/** Of a wal-index (SQLite's "WAL-mode File Format", section 2): two equal headers, then how far the database has it all. */
const INDEX_HEADER = 48;

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
 * gone with the file; 0 when there are none or nothing tells of them. What tells is the frames behind a damaged one or a damaged head, and
 * the `-shm` that a killed process leaves: it counts what was committed and what of it has reached the database.
 */
export function lostFrames(database: string): number {
  const wal = readIfThere(`${database}-wal`);
  const frames = framesOf(wal);
  const index = indexOf(readIfThere(`${database}-shm`));
  const sameGeneration = index !== null && (frames === null || index.salts === frames.salts);
  const expected = sameGeneration && index.committed > index.inDatabase ? index.committed : 0;
  const valid = frames?.valid ?? index?.inDatabase ?? 0;
  return Math.max(frames?.beyond ?? headless(wal), expected - Math.max(valid, index?.inDatabase ?? 0), 0);
}

/** False for one of which SQLite reads nothing. */
export const hasHead = (database: string): boolean => framesOf(readIfThere(`${database}-wal`)) !== null;

const readIfThere = (path: string): Buffer => (existsSync(path) ? readFileSync(path) : Buffer.alloc(0));

/**
 * What a `-wal` with a damaged head began with; null when its head is sound, or the frame behind it is not what follows a head. The sums of
 * frames go on from the head's, and can be taken back: with page size and salts, which every frame repeats, that leaves one head.
 */
export function headAnew(database: string): Buffer | null {
  const wal = readIfThere(`${database}-wal`);
  if (wal.length < HEADER + FRAME_HEADER + PAGE || framesOf(wal) !== null) return null;
  for (const magic of [LITTLE_ENDIAN, BIG_ENDIAN]) {
    const head = headBefore(wal, magic);
    if (head !== null && (framesOf(Buffer.concat([head, wal.subarray(HEADER)]))?.valid ?? 0) > 0) return head;
  }
  return null;
}

function headBefore(wal: Buffer, magic: number): Buffer | null {
  const littleEndian = magic === LITTLE_ENDIAN;
  const head = Buffer.alloc(HEADER);
  for (const [i, word] of [magic, VERSION, PAGE].entries()) head.writeUInt32BE(word, 4 * i);
  wal.copy(head, 16, HEADER + 8, HEADER + 16);
  const read = (bytes: Buffer, at: number): number => (littleEndian ? bytes.readInt32LE(at) : bytes.readInt32BE(at));
  let first = wal.readInt32BE(HEADER + 16);
  let second = wal.readInt32BE(HEADER + 20);
  const takeBack = (bytes: Buffer, from: number, to: number): void => {
    for (let at = to - 8; at >= from; at -= 8) {
      second = (second - read(bytes, at + 4) - first) | 0;
      first = (first - read(bytes, at) - second) | 0;
    }
  };
  takeBack(wal, HEADER + FRAME_HEADER, HEADER + FRAME_HEADER + PAGE);
  takeBack(wal, HEADER, HEADER + 8);
  head.writeInt32BE(first, 24);
  head.writeInt32BE(second, 28);
  takeBack(head, 16, 24);
  // What is left is the sum over magic, version, page size and the number of checkpoints, which alone is not known.
  const one = read(head, 0);
  const two = (read(head, 4) + one) | 0;
  if (((one + read(head, 8) + two) | 0) !== first) return null;
  const checkpoints = (second - two - first) | 0;
  if (littleEndian) head.writeInt32LE(checkpoints, 12);
  else head.writeInt32BE(checkpoints, 12);
  return head;
}

/** Frames behind a head that does not hold: those of the first one's generation. */
function headless(wal: Buffer): number {
  const size = FRAME_HEADER + PAGE;
  let frames = 0;
  for (let at = HEADER; at + size <= wal.length; at += size) {
    if (wal.compare(wal, HEADER + 8, HEADER + 16, at + 8, at + 16) !== 0) break;
    frames++;
  }
  return frames;
}

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
  if (shm.length < 2 * INDEX_HEADER + 4 || shm.readUInt32LE(0) !== VERSION) return null;
  if (!shm.subarray(0, INDEX_HEADER).equals(shm.subarray(INDEX_HEADER, 2 * INDEX_HEADER))) return null;
  return { committed: shm.readUInt32LE(16), inDatabase: shm.readUInt32LE(2 * INDEX_HEADER), salts: shm.toString("hex", 32, 40) };
}
