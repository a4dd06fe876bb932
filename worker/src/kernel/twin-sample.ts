import { MAX_TIME } from "@sightline/shared/protocol/timestamp-column";
import { MalformedProtobuf } from "../ingest/protobuf-reader.ts";
import type { SampleColumns } from "./twin-columns.ts";
import type { WireCursor } from "./twin-wire.ts";

/** Times beyond what a batch can carry become its ends, where the shard refuses them by name. */
const carriable = (ms: number): number => Math.min(Math.max(ms, 1 - MAX_TIME), MAX_TIME - 1);

/** A `Sample` (value = 1, timestamp = 2) between the cursor and `end`. */
export function readSample(cursor: WireCursor, end: number, columns: SampleColumns): void {
  const { bytes, view } = cursor;
  const from = cursor.at;
  // As everybody writes it: the value, then a timestamp of six bytes that ends the message.
  if (end - from === 16 && bytes[from] === 0x09 && bytes[from + 9] === 0x10) {
    const low = view.getInt32(from + 10, true);
    const high = view.getUint16(from + 14, true);
    if ((low & 0x8080_8080) === (0x8080_8080 | 0) && (high & 0x8080) === 0x0080) {
      // Seven bits of each byte: 28 below, 14 above.
      const below = (low & 0x7f) | ((low >>> 1) & 0x3f80) | ((low >>> 2) & 0x1f_c000) | ((low >>> 3) & 0xfe0_0000);
      const above = (high & 0x7f) | ((high >>> 1) & 0x3f80);
      columns.push(view.getInt32(from + 1, true), view.getInt32(from + 5, true), above * 0x1000_0000 + below);
      cursor.at = end;
      return;
    }
  }
  let low = 0;
  let high = 0;
  let time = 0;
  while (cursor.at < end) {
    const tag = cursor.tag(end);
    if (tag === 0x09) {
      if (end - cursor.at < 8) throw new MalformedProtobuf(`a double is cut off at byte ${cursor.at}`);
      low = view.getInt32(cursor.at, true);
      high = view.getInt32(cursor.at + 4, true);
      cursor.at += 8;
    } else if (tag === 0x10) time = cursor.int(end);
    else if (tag < 24) throw new MalformedProtobuf(`a field of another type at byte ${cursor.at}`);
    else cursor.skip(tag & 7, end);
  }
  columns.push(low, high, carriable(time));
}
