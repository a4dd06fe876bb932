import { BitSink } from "@sightline/shared/encoding/bit-sink";
import { ByteWriter } from "@sightline/shared/encoding/byte-writer";
import { type BucketSpan, type CounterResetHint, type NativeHistogram, sameLayout } from "@sightline/shared/model/histogram";
import { XorWriter, putVarbit, putVarbitUnsigned } from "./chunk-bits.ts";

const CUSTOM_BUCKETS = -53;
/** The first two bits of a chunk's third byte. */
const HEADERS: Readonly<Record<CounterResetHint, number>> = { unknown: 0, not_reset: 0x40, reset: 0x80, gauge: 0xc0 };
/** Bounds of thousandths up to what 25 bits hold are written as integers. */
const MAX_THOUSANDTHS = 2 ** 25 - 2;

const scratch = new Float64Array(1);
const words = new Uint32Array(scratch.buffer);

function putFloat(sink: BitSink, value: number): void {
  scratch[0] = value;
  sink.put32(words[1] as number, 32);
  sink.put32(words[0] as number, 32);
}

/** Powers of two from 2^-243 to 2^10 by their exponent. */
function putThreshold(sink: BitSink, threshold: number): void {
  if (threshold === 0) {
    sink.put(0, 8);
    return;
  }
  const exponent = Math.round(Math.log2(threshold)) + 1;
  if (threshold === 2 ** (exponent - 1) && exponent >= -242 && exponent <= 11) {
    sink.put(exponent + 243, 8);
    return;
  }
  sink.put(255, 8);
  putFloat(sink, threshold);
}

function putSpans(sink: BitSink, spans: readonly BucketSpan[]): void {
  putVarbitUnsigned(sink, spans.length);
  for (const { offset, length } of spans) {
    putVarbitUnsigned(sink, length);
    putVarbit(sink, offset);
  }
}

function putBound(sink: BitSink, bound: number): void {
  const thousandths = Math.round(bound * 1000);
  if (thousandths >= 0 && thousandths <= MAX_THOUSANDTHS && thousandths / 1000 === bound) putVarbitUnsigned(sink, thousandths + 1);
  else {
    sink.put(0, 1);
    putFloat(sink, bound);
  }
}

function putLayout(sink: BitSink, h: NativeHistogram): void {
  putThreshold(sink, h.zeroThreshold);
  putVarbit(sink, h.schema);
  putSpans(sink, h.positiveSpans);
  putSpans(sink, h.negativeSpans);
  if (h.schema !== CUSTOM_BUCKETS) return;
  const bounds = h.customValues ?? [];
  putVarbitUnsigned(sink, bounds.length);
  for (const bound of bounds) putBound(sink, bound);
}

/**
 * Whether a histogram may follow another in a chunk: all of one have the same buckets, and of counters all but the first
 * are read as ones without a reset before them.
 */
export function followsInChunk(before: NativeHistogram, h: NativeHistogram): boolean {
  if ((before.counterResetHint === "gauge") !== (h.counterResetHint === "gauge") || h.counterResetHint === "reset") return false;
  if (!sameLayout(before, h)) return false;
  return h.counterResetHint !== "unknown" || !countsLess(before, h);
}

function countsLess(before: NativeHistogram, h: NativeHistogram): boolean {
  if (h.count < before.count || h.zeroCount < before.zeroCount) return true;
  const less = (earlier: readonly number[], later: readonly number[]): boolean => later.some((count, i) => count < (earlier[i] ?? 0));
  return less(before.positiveBuckets, h.positiveBuckets) || less(before.negativeBuckets, h.negativeBuckets);
}

/** Histograms that may follow each other, 65,535 at most, as a chunk of floats (encoding 3; tsdb/chunkenc/float_histogram.go of prometheus/prometheus). */
export function floatHistogramChunk(timestamps: readonly number[], histograms: readonly NativeHistogram[]): Uint8Array<ArrayBuffer> {
  const writer = new ByteWriter(256);
  const { length } = histograms;
  writer.u8(length >>> 8);
  writer.u8(length & 255);
  writer.u8(HEADERS[histograms[0]?.counterResetHint ?? "unknown"]);
  const sink = new BitSink(writer);
  const columns: XorWriter[] = [];
  let t = 0;
  let delta = 0;
  for (const [i, h] of histograms.entries()) {
    const at = timestamps[i] ?? 0;
    const numbers = [h.count, h.zeroCount, h.sum, ...h.positiveBuckets, ...h.negativeBuckets];
    if (i === 0) {
      putLayout(sink, h);
      putVarbit(sink, at);
      for (const number of numbers) {
        const column = new XorWriter();
        column.firstNumber(sink, number);
        columns.push(column);
      }
    } else {
      putVarbit(sink, at - t - delta);
      delta = at - t;
      for (const [column, number] of numbers.entries()) columns[column]?.nextNumber(sink, number);
    }
    t = at;
  }
  sink.end();
  return writer.copy();
}
