/**
 * Native histograms column by column: consecutive histograms of one layout (schema, zero threshold, spans, custom
 * bounds, reset hint) form a run, and every number of the run (count, sum, zero count, each bucket) is a value column.
 *
 * Layout: runs until `count` is reached, each {length varint, layout, value columns}.
 */
import type { BucketSpan, CounterResetHint, NativeHistogram } from "../model/histogram.ts";
import type { ByteReader } from "./byte-reader.ts";
import type { ByteWriter } from "./byte-writer.ts";
import { decodeValues, encodeValues } from "./value-column.ts";

const HINTS: readonly CounterResetHint[] = ["unknown", "reset", "not_reset", "gauge"];
const MAX_BUCKETS = 65_536;

function sameSpans(a: readonly BucketSpan[], b: readonly BucketSpan[]): boolean {
  if (a === b) return true;
  return a.length === b.length && a.every((span, i) => span.offset === b[i]?.offset && span.length === b[i]?.length);
}

function sameLayout(a: NativeHistogram, b: NativeHistogram): boolean {
  return (
    a.schema === b.schema &&
    a.zeroThreshold === b.zeroThreshold &&
    a.counterResetHint === b.counterResetHint &&
    a.positiveBuckets.length === b.positiveBuckets.length &&
    a.negativeBuckets.length === b.negativeBuckets.length &&
    sameSpans(a.positiveSpans, b.positiveSpans) &&
    sameSpans(a.negativeSpans, b.negativeSpans) &&
    (a.customValues?.length ?? -1) === (b.customValues?.length ?? -1) &&
    (a.customValues ?? []).every((bound, i) => bound === b.customValues?.[i])
  );
}

function writeSpans(writer: ByteWriter, spans: readonly BucketSpan[]): void {
  writer.varint(spans.length);
  for (const span of spans) {
    writer.zigzag(span.offset);
    writer.varint(span.length);
  }
}

function readSpans(reader: ByteReader): { spans: BucketSpan[]; buckets: number } {
  const spans: BucketSpan[] = [];
  let buckets = 0;
  for (let left = reader.varint(); left > 0; left--) {
    const span = { offset: reader.zigzag(), length: reader.varint() };
    buckets += span.length;
    if (buckets > MAX_BUCKETS) throw new RangeError(`a histogram of more than ${MAX_BUCKETS} buckets`);
    spans.push(span);
  }
  return { spans, buckets };
}

/** The reader must be told how many there are. Buckets must agree with their spans. */
export function encodeHistograms(writer: ByteWriter, histograms: readonly NativeHistogram[]): void {
  for (let start = 0; start < histograms.length;) {
    const layout = histograms[start] as NativeHistogram;
    let end = start + 1;
    while (end < histograms.length && sameLayout(layout, histograms[end] as NativeHistogram)) end++;
    const run = histograms.slice(start, end);
    writer.varint(run.length);
    writer.zigzag(layout.schema);
    writer.f64(layout.zeroThreshold);
    writer.u8(HINTS.indexOf(layout.counterResetHint));
    writeSpans(writer, layout.positiveSpans);
    writeSpans(writer, layout.negativeSpans);
    writer.varint(layout.customValues === undefined ? 0 : layout.customValues.length + 1);
    for (const bound of layout.customValues ?? []) writer.f64(bound);
    const column = new Float64Array(run.length);
    const write = (pick: (histogram: NativeHistogram) => number) => {
      for (let i = 0; i < run.length; i++) column[i] = pick(run[i] as NativeHistogram);
      encodeValues(writer, column, run.length);
    };
    write((histogram) => histogram.count);
    write((histogram) => histogram.sum);
    write((histogram) => histogram.zeroCount);
    for (let b = 0; b < layout.positiveBuckets.length; b++) write((histogram) => histogram.positiveBuckets[b] as number);
    for (let b = 0; b < layout.negativeBuckets.length; b++) write((histogram) => histogram.negativeBuckets[b] as number);
    start = end;
  }
}

/** Throws RangeError for bytes that are not `count` histograms. */
export function decodeHistograms(reader: ByteReader, count: number): NativeHistogram[] {
  const histograms: NativeHistogram[] = [];
  while (histograms.length < count) {
    const length = reader.varint();
    if (length === 0 || histograms.length + length > count) throw new RangeError("histogram runs do not fit their column");
    const schema = reader.zigzag();
    const zeroThreshold = reader.f64();
    const counterResetHint = HINTS[reader.u8()];
    if (counterResetHint === undefined) throw new RangeError("unknown counter reset hint");
    const positive = readSpans(reader);
    const negative = readSpans(reader);
    const bounds = reader.varint();
    const customValues = bounds === 0 ? undefined : Array.from(reader.f64Array(bounds - 1));
    const counts = decodeValues(reader, length);
    const sums = decodeValues(reader, length);
    const zeroCounts = decodeValues(reader, length);
    const positives = Array.from({ length: positive.buckets }, () => decodeValues(reader, length));
    const negatives = Array.from({ length: negative.buckets }, () => decodeValues(reader, length));
    for (let i = 0; i < length; i++) {
      histograms.push({
        schema,
        count: counts[i] as number,
        sum: sums[i] as number,
        zeroThreshold,
        zeroCount: zeroCounts[i] as number,
        positiveSpans: positive.spans,
        positiveBuckets: positives.map((column) => column[i] as number),
        negativeSpans: negative.spans,
        negativeBuckets: negatives.map((column) => column[i] as number),
        ...(customValues === undefined ? {} : { customValues }),
        counterResetHint,
      });
    }
  }
  return histograms;
}
