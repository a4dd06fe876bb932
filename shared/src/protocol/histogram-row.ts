/**
 * One native histogram of a column: a byte of flags, then its layout unless it is the layout of the one before it, then
 * counts. Whole counts are varints, others float64. The sum is always float64 bits (it may be a stale marker).
 */
import type { ByteReader } from "../encoding/byte-reader.ts";
import type { ByteWriter } from "../encoding/byte-writer.ts";
import { type BucketSpan, type CounterResetHint, type NativeHistogram, sameLayout } from "../model/histogram.ts";
import { isStaleAt, putStale } from "../model/sample.ts";
import { MAX_HISTOGRAM_BUCKETS } from "./limits.ts";
import { WireError } from "./wire-error.ts";

const PRESENT = 1;
const SAME_LAYOUT = 2;
const WHOLE_COUNTS = 4;
const HINT_SHIFT = 4;
const HINTS: readonly CounterResetHint[] = ["unknown", "reset", "not_reset", "gauge"];
const MAX_WHOLE = 2 ** 53 - 1;

const isWhole = (count: number): boolean => Number.isInteger(count) && count >= 0 && count <= MAX_WHOLE && !Object.is(count, -0);

function writeSpans(writer: ByteWriter, spans: readonly BucketSpan[], buckets: readonly number[]): void {
  let length = 0;
  for (const span of spans) length += span.length;
  if (length !== buckets.length || length > MAX_HISTOGRAM_BUCKETS)
    throw new RangeError(`a histogram's spans cover ${length} buckets but it has ${buckets.length} (at most ${MAX_HISTOGRAM_BUCKETS})`);
  writer.varint(spans.length);
  for (const span of spans) {
    writer.zigzag(span.offset);
    writer.varint(span.length);
  }
}

function readSpans(reader: ByteReader): BucketSpan[] {
  const spans: BucketSpan[] = [];
  let buckets = 0;
  const count = reader.varint();
  if (count > MAX_HISTOGRAM_BUCKETS) throw new WireError("limit_exceeded", `a histogram of more than ${MAX_HISTOGRAM_BUCKETS} spans`);
  for (let i = 0; i < count; i++) {
    const span = { offset: reader.zigzag(), length: reader.varint() };
    buckets += span.length;
    if (buckets > MAX_HISTOGRAM_BUCKETS) throw new WireError("limit_exceeded", `a histogram of more than ${MAX_HISTOGRAM_BUCKETS} buckets`);
    spans.push(span);
  }
  return spans;
}

/** Writes `histogram`, or `value` (one float's bits) where the sample is a plain one; returns the layout the next one is compared with. */
export function writeHistogram(
  writer: ByteWriter,
  histogram: NativeHistogram | undefined,
  value: Float64Array,
  previous: NativeHistogram | undefined,
): NativeHistogram | undefined {
  if (histogram === undefined) {
    writer.u8(0);
    writer.f64Array(value);
    return previous;
  }
  const same = previous !== undefined && sameLayout(histogram, previous);
  const whole =
    isWhole(histogram.count) &&
    isWhole(histogram.zeroCount) &&
    histogram.positiveBuckets.every(isWhole) &&
    histogram.negativeBuckets.every(isWhole);
  writer.u8(PRESENT | (same ? SAME_LAYOUT : 0) | (whole ? WHOLE_COUNTS : 0) | (HINTS.indexOf(histogram.counterResetHint) << HINT_SHIFT));
  if (!same) {
    writer.zigzag(histogram.schema);
    writer.f64(histogram.zeroThreshold);
    writeSpans(writer, histogram.positiveSpans, histogram.positiveBuckets);
    writeSpans(writer, histogram.negativeSpans, histogram.negativeBuckets);
    writer.varint(histogram.customValues === undefined ? 0 : histogram.customValues.length + 1);
    for (const bound of histogram.customValues ?? []) writer.f64(bound);
  }
  const write = (count: number): void => (whole ? writer.varint(count) : writer.f64(count));
  write(histogram.count);
  write(histogram.zeroCount);
  if (isStaleAt(value, 0)) writer.f64Array(value);
  else writer.f64(histogram.sum);
  for (const count of histogram.positiveBuckets) write(count);
  for (const count of histogram.negativeBuckets) write(count);
  return histogram;
}

const bucketCount = (spans: readonly BucketSpan[]): number => spans.reduce((sum, span) => sum + span.length, 0);

/** Reads one row; a plain sample goes into `values[i]` and gives undefined, and so does the marker of a histogram's end, beside it. */
export function readHistogram(
  reader: ByteReader,
  values: Float64Array,
  i: number,
  previous: NativeHistogram | undefined,
): NativeHistogram | undefined {
  const flags = reader.u8();
  if (flags === 0) {
    values.set(reader.f64Array(1), i);
    return undefined;
  }
  const counterResetHint = HINTS[flags >>> HINT_SHIFT];
  if ((flags & PRESENT) === 0 || counterResetHint === undefined) throw new WireError("malformed", `histogram of unknown flags ${flags}`);
  let layout: Pick<NativeHistogram, "schema" | "zeroThreshold" | "positiveSpans" | "negativeSpans" | "customValues">;
  if (flags & SAME_LAYOUT) {
    if (previous === undefined) throw new WireError("malformed", "the first histogram of a column refers to the one before it");
    layout = previous;
  } else {
    const schema = reader.zigzag();
    const zeroThreshold = reader.f64();
    const positiveSpans = readSpans(reader);
    const negativeSpans = readSpans(reader);
    const bounds = reader.varint();
    if (bounds > MAX_HISTOGRAM_BUCKETS) throw new WireError("limit_exceeded", `a histogram of more than ${MAX_HISTOGRAM_BUCKETS} bounds`);
    layout = {
      schema,
      zeroThreshold,
      positiveSpans,
      negativeSpans,
      ...(bounds === 0 ? {} : { customValues: Array.from(reader.f64Array(bounds - 1)) }),
    };
  }
  const read = (flags & WHOLE_COUNTS) !== 0 ? () => reader.varint() : () => reader.f64();
  const count = read();
  const zeroCount = read();
  if (reader.atStale) putStale(values, i);
  const sum = reader.f64();
  return {
    schema: layout.schema,
    count,
    sum,
    zeroThreshold: layout.zeroThreshold,
    zeroCount,
    positiveSpans: layout.positiveSpans,
    positiveBuckets: Array.from({ length: bucketCount(layout.positiveSpans) }, read),
    negativeSpans: layout.negativeSpans,
    negativeBuckets: Array.from({ length: bucketCount(layout.negativeSpans) }, read),
    ...(layout.customValues === undefined ? {} : { customValues: layout.customValues }),
    counterResetHint,
  };
}
