/** Runs of one value each, its bits kept: {length varint, f64} of every run. */
import type { ByteReader } from "./byte-reader.ts";

/**
 * Writes `count` values to `target` from `start` on. Without `runs`, one run of the whole column, whose length is not written.
 * Throws RangeError when the lengths do not add up to `count`.
 */
export function decodeRuns(reader: ByteReader, runs: number, target: Float64Array, start: number, count: number): void {
  const halves = new Uint32Array(target.buffer, target.byteOffset + start * 8, count * 2);
  let at = 0;
  for (let run = 0; run < Math.max(1, runs); run++) {
    const length = runs === 0 ? count : reader.varint();
    if (at + length > count) throw new RangeError("runs longer than their column");
    const low = reader.u32();
    const high = reader.u32();
    for (const end = at + length; at < end; at++) {
      halves[2 * at] = low;
      halves[2 * at + 1] = high;
    }
  }
  if (at !== count) throw new RangeError("runs shorter than their column");
}
