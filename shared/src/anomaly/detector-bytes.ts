/** The saved state of one detector; FORMAT.md says what the bytes mean. */
import { ByteReader } from "../encoding/byte-reader.ts";
import type { ByteWriter } from "../encoding/byte-writer.ts";
import {
  B,
  BINS,
  BLOCK_PROTOTYPES,
  C,
  D,
  H,
  OWN_CELL,
  PROTOTYPES,
  RING,
  ROW,
  SERIES_PER_SLAB,
  SHEET,
  type Slab,
  onSheet,
  seen,
  sheetOf,
} from "./layout.ts";
import { LAP } from "./block-novelty.ts";
import { loadRich, saveRich } from "./rich/rich-bytes.ts";
import { haste } from "./tuning.ts";

const VERSION = 5;
const CONSTANT = 0;
const VARIED = 1;
const RICH = 2;
/** Doubles and single numbers of a row, ahead of its memories. */
const FIXED_BYTES = B.values * 4;
/** Of versions 2 to 4, which held nothing over the next steps. */
const FEWER_FIXED_BYTES = H.heldValue * 4;
const MEMORIES = [
  { at: B.values, countAt: H.valueCount, most: PROTOTYPES },
  { at: B.short, countAt: H.shortCount, most: BLOCK_PROTOTYPES },
  { at: B.long, countAt: H.longCount, most: BLOCK_PROTOTYPES },
  { at: B.spread, countAt: H.spreadCount, most: BLOCK_PROTOTYPES },
] as const;

/** What a kernel takes for a number of places in memory must be one. */
const isCount = (value: number, most: number): boolean => Number.isInteger(value) && value >= 0 && value <= most;

/** The profile of one series without the bins that were not seen; between calls nobody's. */
const found = new Float32Array(BINS);
const foundBytes = new Uint8Array(found.buffer);

const cellBytes = (cells: Float64Array, c: number): Uint8Array => new Uint8Array(cells.buffer, cells.byteOffset + c * 8, OWN_CELL * 8);

/** `slab` null for a series that has not varied; `rich` its state in the rich tier, when it has one. */
export function saveDetector(
  writer: ByteWriter,
  cells: Float64Array,
  c: number,
  slab: Slab | null,
  row: number,
  rich?: Float64Array,
): void {
  writer.u8(VERSION);
  writer.u8(slab === null ? CONSTANT : rich === undefined ? VARIED : RICH);
  writer.bytes(cellBytes(cells, c));
  if (slab === null) return;
  const { f32, u8 } = slab;
  const h = row * ROW;
  const from = h * 4;
  writer.bytes(u8.subarray(from, from + FIXED_BYTES));
  for (const { at, countAt } of MEMORIES) writer.bytes(u8.subarray(from + at * 4, from + at * 4 + f32[h + countAt]! * 4));
  const filled = Math.min(RING, f32[h + H.clock]!);
  writer.bytes(u8.subarray(from + B.ring * 4, from + (B.ring + filled) * 4));
  writer.bytes(u8.subarray(from + B.brief * 4, from + (B.brief + f32[h + H.briefCount]!) * 4));
  const mask = writer.extend(BINS / 8);
  let count = 0;
  mask.fill(0);
  for (const [at, sheet] of slab.sheets.entries()) {
    if (sheet === null) continue;
    for (let bin = at * SHEET; bin < (at + 1) * SHEET; bin++) {
      const value = sheet[onSheet(bin, row)]!;
      if (value === 0) continue;
      mask[bin >> 3]! |= 1 << (bin & 7);
      found[count++] = value;
    }
  }
  writer.bytes(foundBytes.subarray(0, count * 4));
  if (rich !== undefined) saveRich(writer, rich);
}

/** Where a series that has varied is to be read into: an empty row, and the rich tier's state when it had one. */
export type RowFor = (rich: boolean) => { readonly slab: Slab; readonly row: number; readonly rich?: Float64Array | undefined };

/** Fills an empty cell, and the empty row that `rowFor` gives when the series has varied. False for bytes it does not know. Throws RangeError at their end. */
export function loadDetector(bytes: Uint8Array, cells: Float64Array, c: number, rowFor: RowFor): boolean {
  const reader = new ByteReader(bytes);
  const version = reader.u8();
  if (version === 1) return bytes.length === V1_BYTES && loadFirstVersion(bytes, cells, c, rowFor);
  if (version < 2 || version > VERSION) return false;
  const kind = reader.u8();
  cellBytes(cells, c).set(reader.bytes(OWN_CELL * 8));
  if (kind !== VARIED && kind !== RICH) return kind === CONSTANT;
  const { slab, row, rich } = rowFor(kind === RICH);
  const { f32, u8 } = slab;
  const h = row * ROW;
  const from = h * 4;
  u8.set(reader.bytes(version < 5 ? FEWER_FIXED_BYTES : FIXED_BYTES), from);
  for (const { at, countAt, most } of MEMORIES) {
    const count = f32[h + countAt]!;
    if (!isCount(count, most)) return false;
    u8.set(reader.bytes(count * 4), from + at * 4);
  }
  const clock = f32[h + H.clock]!;
  if (!isCount(clock, LAP)) return false;
  u8.set(reader.bytes(Math.min(RING, clock) * 4), from + B.ring * 4);
  if (version < 4) beginLater(f32, h);
  else {
    const brief = f32[h + H.briefCount]!;
    if (!isCount(brief, BLOCK_PROTOTYPES)) return false;
    u8.set(reader.bytes(brief * 4), from + B.brief * 4);
  }
  const mask = reader.bytes(BINS / 8);
  let seenBins = 0;
  for (const octet of mask) for (let bits = octet; bits !== 0; bits &= bits - 1) seenBins++;
  foundBytes.set(reader.bytes(seenBins * 4));
  let count = 0;
  for (let at = 0; at < slab.sheets.length; at++) {
    const first = at * SHEET;
    // A sheet's bins are an octet and half of the next, or the other way round.
    let bits = ((mask[first >> 3]! | (mask[(first >> 3) + 1]! << 8)) >> (first & 7)) & ((1 << SHEET) - 1);
    if (bits === 0) continue;
    const sheet = sheetOf(slab, first);
    for (let place = row; bits !== 0; bits >>= 1, place += SERIES_PER_SLAB) if ((bits & 1) === 1) sheet[place] = found[count++]!;
  }
  if (rich === undefined) return reader.remaining === 0;
  const read = loadRich(reader, rich);
  // The rich tier learns afresh, and the base tier speaks meanwhile.
  if (read === "older") return true;
  return read === "read" && reader.remaining === 0;
}

/** Of a version that knew neither the usual range nor 6-step means: the running range is taken for the one, and values for the others. */
function beginLater(f32: Float32Array, h: number): void {
  const count = f32[h + H.valueCount]!;
  f32[h + H.usualLow] = f32[h + H.low]!;
  f32[h + H.usualHigh] = f32[h + H.high]!;
  const few = Math.min(count, BLOCK_PROTOTYPES);
  for (let i = 0; i < few; i++) f32[h + B.brief + i] = f32[h + B.values + Math.floor((i * count) / few)]!;
  f32[h + H.briefCount] = few;
}

const V1_BYTES = 2152;
/** Where version 1 kept in its head of 48 doubles what is now among the row's singles, and what is among its doubles. */
const V1_SINGLES = [
  [H.steps, 0],
  [H.spacingMs, 6],
  [H.low, 7],
  [H.high, 8],
  [H.dayError, 15],
  [H.weekError, 16],
  [H.daySeen, 17],
  [H.weekSeen, 18],
  [H.tail, 19],
  [H.runLength, 20],
  [H.longestRun, 21],
  [H.changes, 22],
  [H.valueCount, 23],
  [H.shortCount, 24],
  [H.longCount, 25],
  [H.spreadCount, 26],
  [H.alarmRaw, 28],
  [H.heat, 29],
  [H.lastScore, 31],
  [H.lastKind, 32],
  [H.model, 35],
  [H.gapMs, 37],
  [H.shortMean, 38],
  [H.spread, 39],
  [H.usualSpread, 40],
] as const;
const V1_DOUBLES = [
  [D.previous, 9],
  [D.beforePrevious, 10],
  [D.level, 11],
  [D.fastLevel, 12],
  [D.levelError, 13],
  [D.fastError, 14],
  [D.expected, 33],
  [D.scale, 34],
] as const;

/** 8 bytes, 48 doubles, 440 singles: 152 of memories and ring in today's order, then the profiles with NaN for what was not seen. */
function loadFirstVersion(bytes: Uint8Array, cells: Float64Array, c: number, rowFor: RowFor): boolean {
  const own = new Uint8Array(bytes).buffer;
  const head = new Float64Array(own, 8, 48);
  const body = new Float32Array(own, 8 + 384);
  const steps = head[0]!;
  if (steps === 0) return true;
  cells[c + C.lastMs] = head[1]!;
  cells[c + C.lastValue] = head[30]!;
  cells[c + C.foldSum] = head[2]!;
  cells[c + C.foldCount] = head[3]!;
  cells[c + C.origin] = head[4]!;
  cells[c + C.unit] = head[5]!;
  cells[c + C.firstMs] = head[1]! - (steps - 1) * head[6]!;
  cells[c + C.run] = steps;
  if (head[5] === 0) {
    cells[c + C.foldSum] = steps;
    return true;
  }
  const { slab, row } = rowFor(false);
  const { f32, f64 } = slab;
  const h = row * ROW;
  for (const [to, from] of V1_DOUBLES) f64[(h >> 1) + to] = head[from]!;
  for (const [to, from] of V1_SINGLES) f32[h + to] = head[from]!;
  f32[h + H.refractoryLeft] = Math.max(0, Math.ceil(head[27]! - steps));
  const clock = head[36]!;
  f32[h + H.clock] = clock < 96 ? clock : 96 + (clock % RING);
  f32[h + H.haste] = haste(head[6]!);
  f32.set(body.subarray(0, B.ring + RING - B.values), h + B.values);
  beginLater(f32, h);
  const profileAt = B.ring + RING - B.values;
  for (let bin = 0; bin < BINS; bin++) {
    const value = body[profileAt + bin]!;
    if (value === value) sheetOf(slab, bin)[onSheet(bin, row)] = seen(value);
  }
  return true;
}
