/** A column of ms timestamps: the first, the first delta, then deltas of deltas, as zigzag varints (Gorilla, Pelkonen et al. 2015, without the bit packing). */
import type { ByteReader } from "../encoding/byte-reader.ts";
import type { ByteWriter } from "../encoding/byte-writer.ts";
import { WireError } from "./wire-error.ts";

/** |t| below this survives zigzag and the difference of two differences (year 20,000 and a bit). */
export const MAX_TIME = 2 ** 49;

/** Throws RangeError for a timestamp that is not an integer of magnitude below 2^49 ms. */
export function writeTimestamps(writer: ByteWriter, timestamps: Float64Array): void {
  let previous = 0;
  let previousDelta = 0;
  for (let i = 0; i < timestamps.length; i++) {
    const time = timestamps[i] as number;
    if (!Number.isInteger(time) || Math.abs(time) >= MAX_TIME) throw new RangeError(`timestamp ${time} is not a whole number of ms`);
    const delta = time - previous;
    writer.zigzag(delta - previousDelta);
    // The first "delta" is the time itself; the second starts the deltas afresh.
    previousDelta = i === 0 ? 0 : delta;
    previous = time;
  }
}

export function readTimestamps(reader: ByteReader, count: number): Float64Array<ArrayBuffer> {
  const timestamps = new Float64Array(count);
  let previous = 0;
  let previousDelta = 0;
  for (let i = 0; i < count; i++) {
    const delta = previousDelta + reader.zigzag();
    previous += delta;
    if (Math.abs(previous) >= MAX_TIME) throw new WireError("malformed", `timestamp ${previous} is out of range`);
    timestamps[i] = previous;
    previousDelta = i === 0 ? 0 : delta;
  }
  return timestamps;
}

export function sameTimestamps(a: Float64Array, b: Float64Array): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
