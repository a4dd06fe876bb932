import { C } from "@sightline/shared/anomaly/layout";
import type { ByteReader } from "@sightline/shared/encoding/byte-reader";
import { DetectorFeed } from "./detection/detector-feed.ts";

/** A slot of the windows that the first version kept: its number, then three doubles, a count and a single. */
const WINDOW_SLOT_BYTES = 33;

/**
 * Detectors of a snapshot of the first version, which is one piece: of every series its key, newest sample, windows and detector. `slots`: of
 * the series that are still here, by key. False when some of it was not understood. Throws RangeError at the end of the bytes.
 */
export function readFirstVersion(reader: ByteReader, detectors: DetectorFeed, slots: ReadonlyMap<string, number>): boolean {
  const spare = new DetectorFeed();
  const nobody = spare.add();
  let complete = true;
  for (let left = reader.varint(); left > 0; left--) {
    const slot = slots.get(reader.string());
    const time = reader.f64();
    reader.f64();
    if (slot !== undefined) detectors.cells.setNumber(slot, C.newestMs, time);
    // Windows were kept once and are read from the samples now.
    if (reader.u8() !== 0) {
      reader.bytes(16);
      reader.bytes(reader.u8() * WINDOW_SLOT_BYTES);
    }
    complete = (slot === undefined ? spare.loadFirstVersion(nobody, reader) : detectors.loadFirstVersion(slot, reader)) && complete;
  }
  return complete;
}
