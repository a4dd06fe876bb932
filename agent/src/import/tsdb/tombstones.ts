import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { UnreadableSource } from "../import-source.ts";

const MAGIC = 0x0130ba30;

export interface DeletedRange {
  /** Ms, inclusive. */
  readonly mint: number;
  readonly maxt: number;
}

/** What was deleted from a block but is in its chunks still, by the series' id (tsdb/docs/format/tombstones.md). */
export function readTombstones(block: string): Map<number, DeletedRange[]> {
  const deleted = new Map<number, DeletedRange[]>();
  const path = join(block, "tombstones");
  if (!existsSync(path)) return deleted;
  const bytes = readFileSync(path);
  if (bytes.length < 9 || bytes.readUInt32BE(0) !== MAGIC || bytes[4] !== 1)
    throw new UnreadableSource("its tombstones are not of version 1");
  let at = 5;
  const uvarint = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = bytes[at++];
      if (byte === undefined) throw new UnreadableSource("its tombstones end too early");
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  };
  const varint = (): number => {
    const value = uvarint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  };
  while (at < bytes.length - 4) {
    const id = uvarint();
    const range = { mint: varint(), maxt: varint() };
    const ranges = deleted.get(id);
    if (ranges === undefined) deleted.set(id, [range]);
    else ranges.push(range);
  }
  return deleted;
}
