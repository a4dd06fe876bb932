/**
 * A column of integers: differences of first or second order, divided by their greatest common divisor, bit-packed by
 * frame of reference in groups of 128 (Lemire & Boytsov, "Decoding billions of integers per second", 2015). Magnitudes
 * stay below 2^50, so that second differences are within 2^52 - 4 and exact, and lie within less than 2^53 of each other.
 *
 * Layout: order u8 (1 | 2) · first zigzag · [second − first zigzag] · gcd varint · groups of {base zigzag, width u8, packed}.
 */
import { bitWidth, packBits, packedBytes, unpackBits } from "./bit-packing.ts";
import type { ByteReader } from "./byte-reader.ts";
import type { ByteWriter } from "./byte-writer.ts";

export const MAX_INTEGER = 2 ** 50 - 1;
/** Blobs written while 2^50 itself was taken may have groups of one bit more than 53. */
export const MAX_WIDTH = 54;
const GROUP = 128;

let first = new Float64Array(1024);
let second = new Float64Array(1024);

function gcdOf(values: Float64Array, from: number, to: number): number {
  let gcd = 0;
  for (let i = from; i < to && gcd !== 1; i++) {
    let a = Math.abs(values[i] as number);
    while (a !== 0) {
      const rest = gcd % a;
      gcd = a;
      a = rest;
    }
  }
  return gcd === 0 ? 1 : gcd;
}

/** Least and greatest of the values last looked at by `findRange`. */
let min = 0;
let max = 0;

function findRange(values: Float64Array, start: number, end: number): void {
  let least = Infinity;
  let greatest = -Infinity;
  for (let i = start; i < end; i++) {
    const value = values[i] as number;
    if (value < least) least = value;
    if (value > greatest) greatest = value;
  }
  min = least;
  max = greatest;
}

/** Bytes the groups will take, without writing them. */
function packedSize(values: Float64Array, from: number, to: number, gcd: number): number {
  let size = 0;
  for (let start = from; start < to; start += GROUP) {
    const end = Math.min(start + GROUP, to);
    findRange(values, start, end);
    size += 2 + bitWidth(Math.abs(min / gcd)) / 7 + packedBytes(end - start, bitWidth((max - min) / gcd));
  }
  return size;
}

function writeGroups(writer: ByteWriter, values: Float64Array, from: number, to: number, gcd: number): void {
  for (let start = from; start < to; start += GROUP) {
    const end = Math.min(start + GROUP, to);
    findRange(values, start, end);
    const base = min / gcd;
    const width = bitWidth(max / gcd - base);
    writer.zigzag(base);
    writer.u8(width);
    packBits(values, start, end, base, gcd, width, writer.extend(packedBytes(end - start, width)));
  }
}

/** Writes the first `count` of `values`; the reader must be told `count`. */
export function encodeIntegers(writer: ByteWriter, values: Float64Array, count: number): void {
  if (count === 0) return;
  if (first.length < count) {
    first = new Float64Array(count);
    second = new Float64Array(count);
  }
  for (let i = 1; i < count; i++) first[i] = (values[i] as number) - (values[i - 1] as number);
  for (let i = 2; i < count; i++) second[i] = (first[i] as number) - (first[i - 1] as number);
  const gcd1 = gcdOf(first, 1, count);
  const gcd2 = gcdOf(second, 2, count);
  const order = count > 2 && packedSize(second, 2, count, gcd2) < packedSize(first, 1, count, gcd1) ? 2 : 1;
  writer.u8(order);
  writer.zigzag(values[0] as number);
  if (order === 2) writer.zigzag(first[1] as number);
  writer.varint(order === 2 ? gcd2 : gcd1);
  if (order === 2) writeGroups(writer, second, 2, count, gcd2);
  else writeGroups(writer, first, 1, count, gcd1);
}

export function decodeIntegers(reader: ByteReader, count: number): Float64Array<ArrayBuffer> {
  const values = new Float64Array(count);
  if (count === 0) return values;
  const order = reader.u8();
  if (order !== 1 && order !== 2) throw new RangeError(`integer column of unknown order ${order}`);
  values[0] = reader.zigzag();
  const delta = order === 2 ? reader.zigzag() : 0;
  const gcd = reader.varint();
  for (let start: number = order; start < count; start += GROUP) {
    const end = Math.min(start + GROUP, count);
    const base = reader.zigzag();
    const width = reader.u8();
    if (width > MAX_WIDTH) throw new RangeError(`integer group of ${width} bits`);
    unpackBits(reader.bytes(packedBytes(end - start, width)), base, gcd, width, values, start, end);
  }
  if (order === 1) {
    for (let i = 1; i < count; i++) values[i] = (values[i] as number) + (values[i - 1] as number);
    return values;
  }
  let step = delta;
  const start = values[0] ?? 0;
  if (count > 1) values[1] = start + step;
  for (let i = 2; i < count; i++) {
    step += values[i] as number;
    values[i] = (values[i - 1] as number) + step;
  }
  return values;
}
