import { BitSink } from "@sightline/shared/encoding/bit-sink";
import { ByteWriter } from "@sightline/shared/encoding/byte-writer";
import { XorWriter, putPrefixed, putUvarint } from "./chunk-bits.ts";

const TIME_WIDTHS: readonly number[] = [14, 17, 20];

/** Samples `from` to `to` (exclusive, 65,535 at most) as a chunk of floats (encoding 1; tsdb/docs/format/chunks.md of prometheus/prometheus). */
export function xorChunk(timestamps: Float64Array, values: Float64Array, from: number, to: number): Uint8Array<ArrayBuffer> {
  const count = to - from;
  const writer = new ByteWriter(2 * count + 24);
  writer.u8(count >>> 8);
  writer.u8(count & 255);
  const sink = new BitSink(writer);
  const words = new Uint32Array(values.buffer, values.byteOffset, 2 * values.length);
  const value = new XorWriter();
  let t = 0;
  let delta = 0;
  for (let i = from; i < to; i++) {
    const low = words[2 * i] as number;
    const high = words[2 * i + 1] as number;
    const at = timestamps[i] as number;
    if (i === from) {
      putUvarint(sink, at < 0 ? -2 * at - 1 : 2 * at);
      value.first(sink, low, high);
    } else {
      const apart = at - t;
      if (i === from + 1) putUvarint(sink, apart);
      else putPrefixed(sink, apart - delta, TIME_WIDTHS);
      delta = apart;
      value.next(sink, low, high);
    }
    t = at;
  }
  sink.end();
  return writer.copy();
}
