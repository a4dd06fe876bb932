import type { BucketSpan, CounterResetHint, NativeHistogram } from "@sightline/shared/model/histogram";
import type { ProtobufReader } from "./protobuf-reader.ts";
import { reduceResolution } from "./reduce-resolution.ts";

/**
 * That a counter went on is said of the sender's own sample before, which may never have come, or have been another's: as in Prometheus
 * that is found out from what is stored.
 */
const HINTS: readonly CounterResetHint[] = ["unknown", "reset", "unknown", "gauge"];

export interface ReadHistogram {
  /** Ms. */
  readonly t: number;
  readonly histogram: NativeHistogram;
  /** It is no histogram but the end of one. */
  readonly isStale: boolean;
  /** Of whole counts, which therefore must add up. */
  readonly isInteger: boolean;
}

/**
 * `prometheus.Histogram` and `io.prometheus.write.v2.Histogram` (the same fields): integer histograms give deltas
 * between buckets, float ones absolute counts; both become absolute. Which it is says the count; the fields of the other kind are
 * passed over, as Prometheus does.
 */
export function readHistogram(reader: ProtobufReader): ReadHistogram {
  let count = 0;
  let isInteger = true;
  let sum = 0;
  let isStale = false;
  let schema = 0;
  let zeroThreshold = 0;
  let zeroCount = 0;
  let zeroIsInteger = true;
  let hint = 0;
  let t = 0;
  const spans = { positive: [] as BucketSpan[], negative: [] as BucketSpan[] };
  const deltas = { positive: [] as number[], negative: [] as number[] };
  const counts = { positive: [] as number[], negative: [] as number[] };
  const customValues: number[] = [];
  while (reader.next()) {
    switch (reader.field) {
      case 1:
        count = reader.uint();
        isInteger = true;
        break;
      case 2:
        count = reader.double();
        isInteger = false;
        break;
      case 3:
        isStale = reader.atStale;
        sum = reader.double();
        break;
      case 4:
        schema = reader.sint();
        break;
      case 5:
        zeroThreshold = reader.double();
        break;
      case 6:
        zeroCount = reader.uint();
        zeroIsInteger = true;
        break;
      case 7:
        zeroCount = reader.double();
        zeroIsInteger = false;
        break;
      case 8:
        spans.negative.push(readSpan(reader.message()));
        break;
      case 9:
        readDeltas(reader, deltas.negative);
        break;
      case 10:
        readDoubles(reader, counts.negative);
        break;
      case 11:
        spans.positive.push(readSpan(reader.message()));
        break;
      case 12:
        readDeltas(reader, deltas.positive);
        break;
      case 13:
        readDoubles(reader, counts.positive);
        break;
      case 14:
        hint = reader.uint();
        break;
      case 15:
        t = reader.int();
        break;
      case 16:
        readDoubles(reader, customValues);
        break;
      default:
        reader.skip();
    }
  }
  const buckets = isInteger ? deltas : counts;
  const histogram: NativeHistogram = {
    schema,
    count,
    sum,
    zeroThreshold,
    zeroCount: zeroIsInteger === isInteger ? zeroCount : 0,
    positiveSpans: spans.positive,
    positiveBuckets: buckets.positive,
    negativeSpans: spans.negative,
    negativeBuckets: buckets.negative,
    ...(customValues.length > 0 ? { customValues } : {}),
    counterResetHint: HINTS[hint] ?? "unknown",
  };
  return { t, histogram: reduceResolution(histogram), isStale, isInteger };
}

function readSpan(reader: ProtobufReader): BucketSpan {
  let offset = 0;
  let length = 0;
  while (reader.next()) {
    if (reader.field === 1) offset = reader.sint();
    else if (reader.field === 2) length = reader.uint();
    else reader.skip();
  }
  return { offset, length };
}

function readDeltas(reader: ProtobufReader, counts: number[]): void {
  const add = (delta: number): void => void counts.push((counts.at(-1) ?? 0) + delta);
  if (reader.wireType !== 2) return add(reader.sint());
  const packed = reader.message();
  while (!packed.atEnd) add(packed.sint());
}

function readDoubles(reader: ProtobufReader, values: number[]): void {
  if (reader.wireType !== 2) return void values.push(reader.double());
  const packed = reader.message();
  while (!packed.atEnd) values.push(packed.double());
}
