/**
 * A column of float64 as blocks keep it: decimals scaled to integers, their differences of first or second order over
 * the greatest common divisor, bit-packed by frame of reference in groups of 128 (Lemire & Boytsov, "Decoding billions
 * of integers per second", 2015); what are no short decimals as runs or XOR bits. Every form gives back the bits it was
 * given, NaNs and -0 included. A hot path: plain loops over scratch arrays that are kept.
 *
 * Layout: control u8, whose low two bits are the form.
 * CONSTANT: bit 2 set: exponent in bits 3–6, integer zigzag; else f64. RUNS: count varint, {length varint, f64}. XOR: bits.
 * DECIMAL: exponent in bits 2–5, bit 6 second order, bit 7 a divisor follows: first zigzag · [first difference zigzag] ·
 * [divisor × 2 + 1 if remainders follow, varint · remainders: count varint, {distance varint, remainder varint}] ·
 * groups of {least zigzag, width u8, packed}. A counter of pages that started, or was once cut off, at an odd number has
 * differences of which all but a few are multiples: those few keep their remainder apart.
 */
import { NARROW, sumLanes, unpacked, packLanes, unpackLanes } from "./bit-lanes.ts";
import { bitWidth, packBits, packedBytes, unpackBits } from "./bit-packing.ts";
import type { ByteReader } from "./byte-reader.ts";
import type { ByteWriter } from "./byte-writer.ts";
import { MAX_EXPONENT, POWERS, scaleDecimals, scaledIntegers } from "./decimal-scale.ts";
import { MAX_WIDTH } from "./integer-column.ts";
import { decodeRuns } from "./run-column.ts";
import { decodeXor, encodeXor } from "./xor-column.ts";

const CONSTANT = 0;
const RUNS = 1;
const DECIMAL = 2;
const XOR = 3;
const GROUP = 128;

let first = new Float64Array(1024);
let second = new Float64Array(1024);

const INT32 = 0x7fff_ffff;

function gcd(a: number, b: number): number {
  if (a <= INT32 && b <= INT32) {
    let x = a | 0;
    let y = b | 0;
    while (y !== 0) {
      const rest = (x % y) | 0;
      x = y;
      y = rest;
    }
    return x;
  }
  while (b !== 0) {
    const rest = a % b;
    a = b;
    b = rest;
  }
  return a;
}

function divisorOf(values: Float64Array, from: number, to: number): number {
  let divisor = 0;
  for (let i = from; i < to && divisor !== 1; i++) {
    const value = Math.abs(values[i] as number);
    if (value !== 0) divisor = divisor === 0 ? value : gcd(divisor, value);
  }
  return divisor === 0 ? 1 : divisor;
}

function countRuns(halves: Uint32Array, count: number): number {
  let runs = 1;
  for (let i = 1; i < count; i++) if (halves[2 * i] !== halves[2 * i - 2] || halves[2 * i + 1] !== halves[2 * i - 1]) runs++;
  return runs;
}

/** Writes `values[from … to)` as `encodePacked` does, to the byte; nothing for none. */
export type ColumnEncoder = (writer: ByteWriter, values: Float64Array, from: number, to: number) => void;

export const encodeColumn: ColumnEncoder = (writer, values, from, to) =>
  encodePacked(writer, from === 0 ? values : values.subarray(from, to), to - from);

/** Writes the first `count` of `values` (nothing for none); the reader must be told `count`. */
export function encodePacked(writer: ByteWriter, values: Float64Array, count: number): void {
  if (count === 0) return;
  const exponent = scaleDecimals(values, count);
  if (exponent >= 0) encodeDecimals(writer, exponent, count);
  else encodeFloats(writer, values, count);
}

function encodeFloats(writer: ByteWriter, values: Float64Array, count: number): void {
  const halves = new Uint32Array(values.buffer, values.byteOffset, count * 2);
  const runs = countRuns(halves, count);
  if (runs === 1) {
    writer.u8(CONSTANT);
    writer.f64Array(values.subarray(0, 1));
  } else if (runs * 16 <= count) {
    writer.u8(RUNS);
    writer.varint(runs);
    for (let start = 0; start < count;) {
      let end = start + 1;
      while (end < count && halves[2 * end] === halves[2 * start] && halves[2 * end + 1] === halves[2 * start + 1]) end++;
      writer.varint(end - start);
      writer.f64Array(values.subarray(start, start + 1));
      start = end;
    }
  } else {
    writer.u8(XOR);
    encodeXor(writer, values, count);
  }
}

function encodeDecimals(writer: ByteWriter, exponent: number, count: number): void {
  const values = scaledIntegers();
  if (first.length < count) {
    first = new Float64Array(values.length);
    second = new Float64Array(values.length);
  }
  let before = values[0] as number;
  let stepBefore = 0;
  let still = true;
  let bits1 = 0;
  let bits2 = 0;
  for (let start = 1; start < count; start += GROUP) {
    const end = start + GROUP < count ? start + GROUP : count;
    let min1 = Infinity;
    let max1 = -Infinity;
    let min2 = Infinity;
    let max2 = -Infinity;
    for (let i = start; i < end; i++) {
      const value = values[i] as number;
      const step = value - before;
      const change = step - stepBefore;
      before = value;
      stepBefore = step;
      first[i] = step;
      second[i] = change;
      if (step < min1) min1 = step;
      if (step > max1) max1 = step;
      if (i > 1) {
        if (change < min2) min2 = change;
        if (change > max2) max2 = change;
      }
    }
    if (min1 !== 0 || max1 !== 0) still = false;
    bits1 += bitWidth(max1 - min1) * (end - start);
    if (max2 >= min2) bits2 += bitWidth(max2 - min2) * (end - start);
  }
  if (still) {
    writer.u8(CONSTANT | 4 | (exponent << 3));
    writer.zigzag(values[0] as number);
    return;
  }
  // What a second order saves must pay for the difference it keeps.
  const order = count > 2 && bits2 + 16 < bits1 ? 2 : 1;
  const differences = order === 2 ? second : first;
  const divisor = divisorOf(differences, order, count);
  const widthOver = bits1 / count - bitWidth(divisor);
  const parted = order === 1 && widthOver >= 8 ? setRemaindersApart(count, divisor) : divisor;
  writer.u8(DECIMAL | (exponent << 2) | (order === 2 ? 64 : 0) | (parted === 1 ? 0 : 128));
  writer.zigzag(values[0] as number);
  if (order === 2) writer.zigzag(first[1] as number);
  if (parted !== divisor) {
    writer.varint(parted * 2 + 1);
    writer.varint(apart);
    let before = 0;
    for (let i = 0; i < apart; i++) {
      writer.varint((apartAt[i] as number) - before);
      writer.varint(apartBy[i] as number);
      before = apartAt[i] as number;
    }
  } else if (divisor !== 1) writer.varint(divisor * 2);
  for (let start: number = order; start < count; start += GROUP) {
    writeGroup(writer, differences, start, start + GROUP < count ? start + GROUP : count, parted);
  }
}

const MAX_APART = 16;
const apartAt = new Float64Array(MAX_APART);
const apartBy = new Float64Array(MAX_APART);
let apart = 0;

/** Looks for a divisor of nearly all first differences, and takes the remainders of the others off them; `known` divides all, and is the answer when none is worth it. */
function setRemaindersApart(count: number, known: number): number {
  const middle = (count + 1) >> 1;
  const divisor = Math.max(divisorOf(first, middle, count), divisorOf(first, 1, middle));
  if (divisor < known * 4) return known;
  apart = 0;
  for (let i = 1; i < count; i++) {
    const step = first[i] as number;
    const rest = step - Math.floor(step / divisor) * divisor;
    if (rest === 0) continue;
    if (apart === MAX_APART) return known;
    apartAt[apart] = i;
    apartBy[apart++] = rest;
  }
  if (apart * 5 * 8 > count * (bitWidth(divisor) - bitWidth(known))) return known;
  for (let i = 0; i < apart; i++) {
    const at = apartAt[i] as number;
    first[at] = (first[at] as number) - (apartBy[i] as number);
  }
  return divisor;
}

function writeGroup(writer: ByteWriter, differences: Float64Array, start: number, end: number, divisor: number): void {
  let min = Infinity;
  let max = -Infinity;
  for (let i = start; i < end; i++) {
    const value = differences[i] as number;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  const base = min / divisor;
  const width = bitWidth((max - min) / divisor);
  writer.zigzag(base);
  writer.u8(width);
  if (width === 0) return;
  const target = writer.extend(packedBytes(end - start, width));
  if (width > 32) {
    packBits(differences, start, end, base, divisor, width, target);
    return;
  }
  if (divisor === 1) for (let i = start; i < end; i++) unpacked[i - start] = (differences[i] as number) - min;
  else for (let i = start; i < end; i++) unpacked[i - start] = ((differences[i] as number) - min) / divisor;
  packLanes(end - start, width, target, 0);
}

/** Reads a column of `count` values. Throws RangeError for bytes that are none. */
export function decodePacked(reader: ByteReader, count: number): Float64Array<ArrayBuffer> {
  const values = new Float64Array(count);
  decodePackedInto(reader, count, values, 0);
  return values;
}

/**
 * The same to `target[at … at + count)`, which must be there; what it holds is undefined after a RangeError. True when the form tells
 * that no value is NaN or less than the one before, as of a counter without resets; false where it does not tell.
 */
export function decodePackedInto(reader: ByteReader, count: number, target: Float64Array, at: number): boolean {
  if (count === 0) return true;
  const control = reader.u8();
  const form = control & 3;
  if (form === DECIMAL) return decodeDecimals(reader, control, target, at, count);
  if (form === CONSTANT && (control & 4) !== 0) {
    target.fill(reader.zigzag() / powerOf((control >> 3) & 15), at, at + count);
    return true;
  }
  if (form === XOR) target.set(decodeXor(reader, count), at);
  else if (form === RUNS) decodeRuns(reader, reader.varint(), target, at, count);
  else decodeRuns(reader, 0, target, at, count);
  return false;
}

function powerOf(exponent: number): number {
  const power = exponent <= MAX_EXPONENT ? POWERS[exponent] : undefined;
  if (power === undefined) throw new RangeError(`decimal column of exponent ${exponent}`);
  return power;
}

let remainders = new Float64Array(0);

/** Spreads the remainders of a column over `remainders`, 0 elsewhere. */
function readRemainders(reader: ByteReader, count: number): void {
  if (remainders.length < count) remainders = new Float64Array(count);
  else remainders.fill(0, 0, count);
  let at = 0;
  for (let left = reader.varint(); left > 0; left--) {
    at += reader.varint();
    const rest = reader.varint();
    if (at >= count) throw new RangeError("a remainder past the end of its column");
    remainders[at] = rest;
  }
}

/**
 * Differences are summed as integers, and divided by the power of ten one by one: only the quotient has the bits of the value. True
 * when no first difference can be negative.
 */
function decodeDecimals(reader: ByteReader, control: number, target: Float64Array, at: number, count: number): boolean {
  const power = powerOf((control >> 2) & 15);
  const order = (control & 64) === 0 ? 1 : 2;
  let value = reader.zigzag();
  let step = order === 2 ? reader.zigzag() : 0;
  const coded = (control & 128) === 0 ? 2 : reader.varint();
  const divisor = Math.floor(coded / 2);
  const odd = coded % 2 === 1;
  if (odd) readRemainders(reader, count);
  target[at] = value / power;
  if (order === 2 && count > 1) {
    value += step;
    target[at + 1] = value / power;
  }
  let ascending = order === 1;
  for (let start: number = order; start < count; start += GROUP) {
    const size = start + GROUP < count ? GROUP : count - start;
    const to = at + start;
    const least = reader.zigzag();
    if (least < 0) ascending = false;
    const width = reader.u8();
    if (width > MAX_WIDTH) throw new RangeError(`integer group of ${width} bits`);
    const length = packedBytes(size, width);
    if (length > reader.remaining) throw new RangeError(`an integer group ends past its bytes`);
    const from = reader.offset;
    reader.offset += length;
    if (width > 32) {
      unpackBits(reader.source.subarray(from, from + length), least, divisor, width, target, to, to + size);
      for (let i = to; i < to + size; i++) {
        if (odd) value += (target[i] as number) + (remainders[i - at] as number);
        else if (order === 1) value += target[i] as number;
        else value += step += target[i] as number;
        target[i] = value / power;
      }
      continue;
    }
    if (order === 1 && !odd && width <= NARROW && from + length + 4 <= reader.source.length) {
      value = sumLanes(reader.view, from, size, width, divisor, least * divisor, value, power, target, to);
      continue;
    }
    if (width === 0) unpacked.fill(0, 0, size);
    else unpackLanes(reader.source, reader.view, from, size, width);
    if (odd) {
      for (let i = 0; i < size; i++) {
        value += ((unpacked[i] as number) + least) * divisor + (remainders[start + i] as number);
        target[to + i] = value / power;
      }
    } else if (order === 2) {
      for (let i = 0; i < size; i++) {
        step += ((unpacked[i] as number) + least) * divisor;
        value += step;
        target[to + i] = value / power;
      }
    } else {
      for (let i = 0; i < size; i++) {
        value += ((unpacked[i] as number) + least) * divisor;
        target[to + i] = value / power;
      }
    }
  }
  return ascending;
}
