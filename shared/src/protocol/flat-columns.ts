/** The columns of a body (PROTOCOL.md) as three parallel columns of samples: what a shard appends. Hot loops over bytes. */
import type { ByteReader } from "../encoding/byte-reader.ts";
import { type Column, atMost, readRefs } from "./columns.ts";
import { judgeHistogram } from "./judge-histogram.ts";
import { MAX_SAMPLES } from "./limits.ts";
import { readTimestamps } from "./timestamp-column.ts";
import { CONSTANT, INTEGER, RAW, readValues } from "./value-column.ts";
import { WireError } from "./wire-error.ts";

/** Samples above which the memory is not kept for the next body. */
const KEPT_SAMPLES = 1_000_000;

/** Samples of a body; memory that the next body reuses. Histograms stay columns of objects. */
export class FlatColumns {
  length = 0;
  refs = new Int32Array(1024);
  times = new Float64Array(1024);
  values = new Float64Array(1024);
  bytes = new Uint8Array(this.values.buffer);
  histograms: Column[] = [];
  /** Of all refs, histograms' included; -1 without any. */
  highestRef = -1;

  clear(): void {
    this.length = 0;
    this.highestRef = -1;
    this.histograms = [];
    if (this.refs.length > KEPT_SAMPLES) this.#resize(1024);
  }

  add(ref: number, timestamps: Float64Array, values: Float64Array): void {
    const from = this.length;
    const to = from + timestamps.length;
    this.reserve(to);
    this.refs.fill(ref, from, to);
    this.times.set(timestamps, from);
    this.values.set(values, from);
    this.length = to;
  }

  reserve(samples: number): void {
    if (samples > this.refs.length) this.#resize(Math.max(samples, this.refs.length * 2));
  }

  #resize(capacity: number): void {
    const { refs, times, values, length } = this;
    this.refs = new Int32Array(capacity);
    this.times = new Float64Array(capacity);
    this.values = new Float64Array(capacity);
    this.bytes = new Uint8Array(this.values.buffer);
    this.refs.set(refs.subarray(0, length));
    this.times.set(times.subarray(0, length));
    this.values.set(values.subarray(0, length));
  }
}

/** Reads groups to the end of `body`, which `reader` reads. Throws what `readBody` throws. */
export function readFlatGroups(reader: ByteReader, body: Uint8Array, into: FlatColumns): void {
  into.clear();
  let samples = 0;
  for (let groups = atMost(reader.varint(), reader.remaining, "groups"); groups > 0; groups--) {
    const count = atMost(reader.varint(), reader.remaining, "timestamps");
    const timestamps = readTimestamps(reader, count);
    const width = atMost(reader.varint(), reader.remaining, "columns");
    samples += count * width;
    if (samples > MAX_SAMPLES) throw new WireError("limit_exceeded", `more than ${MAX_SAMPLES} samples; send them in several`);
    const refs = readRefs(reader, width);
    for (let i = 0; i < width; i++) if ((refs[i] as number) > into.highestRef) into.highestRef = refs[i] as number;
    if (into.highestRef > 0x7fff_ffff) throw new WireError("malformed", `series ref ${into.highestRef}`);
    if (count === 1) readRow(reader, body, refs, timestamps[0] as number, into);
    else for (let i = 0; i < width; i++) readColumn(reader, body, refs[i] as number, timestamps, into);
  }
  if (reader.remaining > 0) throw new WireError("malformed", `${reader.remaining} bytes after its end`);
}

/** One sample of each series: the usual frame, a round of collection. */
function readRow(reader: ByteReader, body: Uint8Array, refs: Float64Array, t: number, into: FlatColumns): void {
  const width = refs.length;
  into.reserve(into.length + width);
  const { values, bytes, times } = into;
  const rows = into.refs;
  const end = body.length;
  let out = into.length;
  let at = reader.offset;
  for (let i = 0; i < width; i++) {
    const form = body[at];
    if (form === INTEGER && at + 5 < end) {
      let byte = body[at + 1] as number;
      let zigzag = byte & 127;
      at += 2;
      if (byte > 127) {
        byte = body[at++] as number;
        zigzag |= (byte & 127) << 7;
        if (byte > 127) {
          byte = body[at++] as number;
          zigzag |= (byte & 127) << 14;
          if (byte > 127) {
            byte = body[at++] as number;
            zigzag |= (byte & 127) << 21;
            if (byte > 127) {
              // Longer than four bytes: once more from its beginning.
              reader.offset = at - 4;
              values[out] = reader.zigzag();
              at = reader.offset;
              rows[out] = refs[i] as number;
              times[out++] = t;
              continue;
            }
          }
        }
      }
      values[out] = (zigzag >>> 1) ^ -(zigzag & 1);
    } else if (form === RAW && at + 8 < end) {
      const to = out * 8;
      for (let byte = 0; byte < 8; byte++) bytes[to + byte] = body[at + 1 + byte] as number;
      at += 9;
    } else {
      into.length = out;
      reader.offset = at;
      readColumn(reader, body, refs[i] as number, Float64Array.of(t), into);
      at = reader.offset;
      out = into.length;
      continue;
    }
    rows[out] = refs[i] as number;
    times[out++] = t;
  }
  into.length = out;
  reader.offset = at;
}

function readColumn(reader: ByteReader, body: Uint8Array, ref: number, timestamps: Float64Array, into: FlatColumns): void {
  const form = body[reader.offset];
  const column = readValues(reader, timestamps.length);
  if (form !== RAW && form !== CONSTANT && form !== INTEGER) {
    // What is stored is trusted by all that reads it.
    for (const histogram of column.histograms ?? []) {
      const fault = histogram === undefined ? null : judgeHistogram(histogram);
      if (fault !== null) throw new WireError("malformed", fault.message);
    }
    into.histograms.push({ ref, timestamps, ...column });
    return;
  }
  into.add(ref, timestamps, column.values);
}
