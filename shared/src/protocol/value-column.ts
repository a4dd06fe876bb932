/**
 * A column of float64 in one of four forms: RAW bits, CONSTANT bits, INTEGER (zigzag varints of the differences, where
 * every value is an integer below 2^51), HISTOGRAM (PROTOCOL.md). Bits survive: NaN patterns, infinities and -0 are never INTEGER.
 */
import type { ByteReader } from "../encoding/byte-reader.ts";
import type { ByteWriter } from "../encoding/byte-writer.ts";
import type { NativeHistogram } from "../model/histogram.ts";
import { readHistogram, writeHistogram } from "./histogram-row.ts";
import { WireError } from "./wire-error.ts";

export const RAW = 0;
export const CONSTANT = 1;
export const INTEGER = 2;
const HISTOGRAM = 3;
const MAX_INTEGER = 2 ** 50;

function pickForm(values: Float64Array): number {
  const halves = new Uint32Array(values.buffer, values.byteOffset, values.length * 2);
  let constant = values.length > 1;
  let integer = true;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (constant && (halves[2 * i] !== halves[0] || halves[2 * i + 1] !== halves[1])) constant = false;
    // Math.trunc(-0) is -0, so the sign bit is asked for by itself.
    if (integer && (Math.trunc(value) !== value || Math.abs(value) > MAX_INTEGER || (value === 0 && halves[2 * i + 1] !== 0)))
      integer = false;
    if (!constant && !integer) return RAW;
  }
  return constant ? CONSTANT : INTEGER;
}

export function writeValues(
  writer: ByteWriter,
  values: Float64Array,
  histograms: readonly (NativeHistogram | undefined)[] | undefined,
): void {
  if (histograms !== undefined && histograms.some((histogram) => histogram !== undefined)) {
    writer.u8(HISTOGRAM);
    let previous: NativeHistogram | undefined;
    for (let i = 0; i < values.length; i++) {
      previous = writeHistogram(writer, histograms[i], values.subarray(i, i + 1), previous);
    }
    return;
  }
  const form = pickForm(values);
  writer.u8(form);
  if (form === RAW) writer.f64Array(values);
  else if (form === CONSTANT) writer.f64Array(values.subarray(0, 1));
  else {
    let previous = 0;
    for (let i = 0; i < values.length; i++) {
      const value = values[i] as number;
      writer.zigzag(value - previous);
      previous = value;
    }
  }
}

export interface ValueColumn {
  readonly values: Float64Array<ArrayBuffer>;
  readonly histograms?: (NativeHistogram | undefined)[];
}

export function readValues(reader: ByteReader, count: number): ValueColumn {
  const form = reader.u8();
  if (form === RAW) return { values: reader.f64Array(count) };
  const values = new Float64Array(count);
  if (form === CONSTANT) {
    const bits = new Uint32Array(values.buffer);
    const low = reader.u32();
    const high = reader.u32();
    for (let i = 0; i < count; i++) {
      bits[2 * i] = low;
      bits[2 * i + 1] = high;
    }
    return { values };
  }
  if (form === INTEGER) {
    let previous = 0;
    for (let i = 0; i < count; i++) {
      previous += reader.zigzag();
      values[i] = previous;
    }
    return { values };
  }
  if (form !== HISTOGRAM) throw new WireError("malformed", `value column of unknown form ${form}`);
  const histograms: (NativeHistogram | undefined)[] = [];
  let previous: NativeHistogram | undefined;
  for (let i = 0; i < count; i++) {
    const histogram = readHistogram(reader, values, i, previous);
    if (histogram !== undefined) previous = histogram;
    histograms.push(histogram);
  }
  return { values, histograms };
}
