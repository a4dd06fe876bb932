/** What detectors have learned of series that go on in another shard: bytes from the one, states in the other. */
import { ByteReader } from "@sightline/shared/encoding/byte-reader";
import { ByteWriter } from "@sightline/shared/encoding/byte-writer";
import { DetectorFeed } from "./detection/detector-feed.ts";
import { NO_SLOT } from "./slotted-series.ts";
import { SNAPSHOT_VERSION } from "./snapshot-format.ts";

/**
 * A byte of version, that of the snapshot, then of each slot in turn 0, or 1 and its state as in the snapshot. 0 is of NO_SLOT and of what
 * is too young to be judged.
 */
export function handDetectors(slots: readonly number[], detectors: DetectorFeed): Uint8Array {
  const writer = new ByteWriter(4096);
  writer.u8(SNAPSHOT_VERSION);
  for (const slot of slots) {
    const knows = slot !== NO_SLOT && detectors.judgement(slot) !== null;
    writer.u8(Number(knows));
    if (knows) detectors.save(slot, writer);
  }
  return writer.view();
}

/** The other side, of the same slots in turn: whether each has taken up what was learned. A series that is judged already keeps what it has learned here. */
export function takeDetectors(slots: readonly number[], bytes: Uint8Array, detectors: DetectorFeed): boolean[] {
  const taken = slots.map(() => false);
  const spare = new DetectorFeed();
  const nobody = spare.add();
  try {
    const reader = new ByteReader(bytes);
    if (reader.u8() !== SNAPSHOT_VERSION) return taken;
    for (const [i, slot] of slots.entries()) {
      if (reader.u8() === 0) continue;
      const isNew = slot !== NO_SLOT && detectors.judgement(slot) === null;
      const understood = isNew ? detectors.load(slot, reader) : spare.load(nobody, reader);
      taken[i] = isNew && understood;
    }
  } catch {
    // Torn or empty bytes: what was read is kept, the rest learns anew.
  }
  return taken;
}
