/**
 * A column of float64, each chunk in the form that suits it: one value (constant), runs, decimals scaled to integers,
 * or XOR. Every form gives back the bits it was given, NaNs and -0 included.
 *
 * Layout: form u8, then: CONSTANT f64 · RUNS count varint, {length varint, f64} · DECIMAL exponent u8, integer column · XOR bits.
 */
import type { ByteReader } from "./byte-reader.ts";
import type { ByteWriter } from "./byte-writer.ts";
import { MAX_INTEGER, decodeIntegers, encodeIntegers } from "./integer-column.ts";
import { decodeRuns } from "./run-column.ts";
import { decodeXor, encodeXor } from "./xor-column.ts";

const CONSTANT = 0;
const RUNS = 1;
const DECIMAL = 2;
const XOR = 3;

const MAX_EXPONENT = 15;
const POWERS = Float64Array.from({ length: MAX_EXPONENT + 1 }, (_, exponent) => Number(`1e${exponent}`));

let scaled = new Float64Array(1024);

/** The smallest power of ten that makes every value an exact integer, or -1. Leaves the integers in `scaled`. */
function scaleDecimals(values: Float64Array, count: number): number {
  if (scaled.length < count) scaled = new Float64Array(count);
  let exponent = 0;
  for (let i = 0; i < count; i++) {
    const value = values[i] as number;
    if (value === 0 && 1 / value < 0) return -1;
    for (;;) {
      const power = POWERS[exponent] as number;
      const integer = Math.round(value * power);
      if (integer / power === value && Math.abs(integer) <= MAX_INTEGER) break;
      if (++exponent > MAX_EXPONENT) return -1;
    }
  }
  const power = POWERS[exponent] as number;
  for (let i = 0; i < count; i++) {
    const integer = Math.round((values[i] as number) * power);
    // An exponent raised by a later value may push an earlier one over the bound or off its exact decimal.
    if (Math.abs(integer) > MAX_INTEGER || integer / power !== values[i]) return -1;
    scaled[i] = integer;
  }
  return exponent;
}

function countRuns(halves: Uint32Array, count: number): number {
  let runs = 1;
  for (let i = 1; i < count; i++) if (halves[2 * i] !== halves[2 * i - 2] || halves[2 * i + 1] !== halves[2 * i - 1]) runs++;
  return runs;
}

/** Writes the first `count` (≥ 1) of `values`; the reader must be told `count`. */
export function encodeValues(writer: ByteWriter, values: Float64Array, count: number): void {
  const halves = new Uint32Array(values.buffer, values.byteOffset, count * 2);
  const runs = countRuns(halves, count);
  if (runs === 1) {
    writer.u8(CONSTANT);
    writer.f64Array(values.subarray(0, 1));
    return;
  }
  if (runs * 16 <= count) {
    writer.u8(RUNS);
    writer.varint(runs);
    for (let start = 0; start < count;) {
      let end = start + 1;
      while (end < count && halves[2 * end] === halves[2 * start] && halves[2 * end + 1] === halves[2 * start + 1]) end++;
      writer.varint(end - start);
      writer.f64Array(values.subarray(start, start + 1));
      start = end;
    }
    return;
  }
  const exponent = scaleDecimals(values, count);
  if (exponent >= 0) {
    writer.u8(DECIMAL);
    writer.u8(exponent);
    encodeIntegers(writer, scaled, count);
    return;
  }
  writer.u8(XOR);
  encodeXor(writer, values, count);
}

/** Throws RangeError for bytes that are not a column of `count` values. */
export function decodeValues(reader: ByteReader, count: number): Float64Array<ArrayBuffer> {
  const form = reader.u8();
  if (form === XOR) return decodeXor(reader, count);
  if (form === DECIMAL) {
    const power = POWERS[reader.u8()];
    if (power === undefined) throw new RangeError("decimal column of unknown exponent");
    const values = decodeIntegers(reader, count);
    if (power !== 1) for (let i = 0; i < count; i++) values[i] = (values[i] as number) / power;
    return values;
  }
  const runs = form === CONSTANT ? 0 : form === RUNS ? reader.varint() : -1;
  if (runs < 0 || (form === RUNS && runs === 0)) throw new RangeError(`value column of unknown form ${form}`);
  const values = new Float64Array(count);
  decodeRuns(reader, runs, values, 0, count);
  return values;
}
