/**
 * Unrelated floats, each as the shortest decimal it is: newest values of many series, say. About half of what raw floats
 * take, less once deflated. Every NaN and -0 keeps its bits.
 *
 * Layout: for each a class u8 (decimal exponent, or RAW), then the values: integer zigzag, or f64.
 */
import type { ByteReader } from "./byte-reader.ts";
import type { ByteWriter } from "./byte-writer.ts";
import { POWERS } from "./decimal-scale.ts";
import { MAX_INTEGER } from "./integer-column.ts";

const RAW = 255;
const MAX_DIGITS = 9;

function exponentOf(value: number): number {
  if (value === 0 && Object.is(value, -0)) return RAW;
  for (let exponent = 0; exponent <= MAX_DIGITS; exponent++) {
    const power = POWERS[exponent] as number;
    const integer = Math.round(value * power);
    if (integer / power === value) return Math.abs(integer) <= MAX_INTEGER ? exponent : RAW;
  }
  return RAW;
}

export function encodeDecimalList(writer: ByteWriter, values: Float64Array): void {
  const classes = new Uint8Array(values.length);
  for (let i = 0; i < values.length; i++) classes[i] = exponentOf(values[i] as number);
  writer.bytes(classes);
  for (let i = 0; i < values.length; i++) {
    const exponent = classes[i] as number;
    if (exponent === RAW) writer.f64Array(values.subarray(i, i + 1));
    else writer.zigzag(Math.round((values[i] as number) * (POWERS[exponent] as number)));
  }
}

/** Throws RangeError for bytes that are none. */
export function decodeDecimalList(reader: ByteReader, count: number): Float64Array<ArrayBuffer> {
  const classes = reader.bytes(count);
  const values = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    const exponent = classes[i] as number;
    if (exponent === RAW) values.set(reader.f64Array(1), i);
    else if (exponent > MAX_DIGITS) throw new RangeError(`a decimal of ${exponent} digits`);
    else values[i] = reader.zigzag() / (POWERS[exponent] as number);
  }
  return values;
}
