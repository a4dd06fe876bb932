import type { SeriesSamples } from "@sightline/shared/model/sample";
import { BitReader } from "./bit-reader.ts";
import { XorValue } from "./xor-value.ts";

const TIME_WIDTHS = [14, 17, 20] as const;

/** A chunk of floats (encoding 1; tsdb/docs/format/chunks.md). Throws RangeError when it ends too early. */
export function readXorChunk(bytes: Uint8Array): SeriesSamples {
  const count = (bytes[0] as number) * 256 + (bytes[1] as number);
  const timestamps = new Float64Array(count);
  const values = new Float64Array(count);
  const reader = new BitReader(bytes, 2);
  const value = new XorValue();
  let t = 0;
  let delta = 0;
  for (let i = 0; i < count; i++) {
    if (i === 0) {
      t = reader.varint();
      value.first(reader);
    } else {
      delta = i === 1 ? reader.uvarint() : delta + reader.prefixed(TIME_WIDTHS);
      t += delta;
      value.next(reader);
    }
    timestamps[i] = t;
    value.store(values, i);
  }
  return { timestamps, values };
}
