import type { BodyBudget } from "../body-budget.ts";
import type { ProtobufReader } from "../protobuf-reader.ts";
import type { ExponentialBuckets, ExponentialPoint, HistogramPoint, NumberPoint, OtlpExemplar, SummaryPoint } from "./model.ts";
import { NO_RECORDED_VALUE } from "./model.ts";
import { readExemplar } from "./read-protobuf-exemplar.ts";
import { readAttribute } from "./read-protobuf-value.ts";

const inMs = (nanos: bigint): number => Number(nanos / 1_000_000n);

/** `NumberDataPoint`. */
export function readNumberPoint(reader: ProtobufReader, budget: BodyBudget): NumberPoint {
  const attributes: (readonly [string, string])[] = [];
  let t = 0;
  let flags = 0;
  let value: number | null = null;
  const exemplars: OtlpExemplar[] = [];
  while (reader.next()) {
    if (reader.field === 7) attributes.push(readAttribute(reader.message(), budget));
    else if (reader.field === 3) t = inMs(reader.fixed64());
    else if (reader.field === 4) value = reader.double();
    else if (reader.field === 6) value = Number(BigInt.asIntN(64, reader.fixed64()));
    else if (reader.field === 8) flags = reader.uint();
    else if (reader.field === 5) readExemplar(reader, budget, exemplars);
    else reader.skip();
  }
  return { attributes, t, ended: flags % 2 === NO_RECORDED_VALUE, value, exemplars };
}

/** `HistogramDataPoint`. */
export function readHistogramPoint(reader: ProtobufReader, budget: BodyBudget): HistogramPoint {
  const attributes: (readonly [string, string])[] = [];
  const bucketCounts: number[] = [];
  const explicitBounds: number[] = [];
  let t = 0;
  let flags = 0;
  let count = 0;
  let sum: number | null = null;
  const exemplars: OtlpExemplar[] = [];
  while (reader.next()) {
    if (reader.field === 9) attributes.push(readAttribute(reader.message(), budget));
    else if (reader.field === 3) t = inMs(reader.fixed64());
    else if (reader.field === 4) count = Number(reader.fixed64());
    else if (reader.field === 5) sum = reader.double();
    else if (reader.field === 6) repeated(reader, budget, (one) => bucketCounts.push(Number(one.fixed64())));
    else if (reader.field === 7) repeated(reader, budget, (one) => explicitBounds.push(one.double()));
    else if (reader.field === 10) flags = reader.uint();
    else if (reader.field === 8) readExemplar(reader, budget, exemplars);
    else reader.skip();
  }
  return { attributes, t, ended: flags % 2 === NO_RECORDED_VALUE, count, sum, bucketCounts, explicitBounds, exemplars };
}

/** `ExponentialHistogramDataPoint`. */
export function readExponentialPoint(reader: ProtobufReader, budget: BodyBudget): ExponentialPoint {
  const attributes: (readonly [string, string])[] = [];
  let t = 0;
  let flags = 0;
  let count = 0;
  let sum: number | null = null;
  let scale = 0;
  let zeroCount = 0;
  let zeroThreshold = 0;
  let positive: ExponentialBuckets = { offset: 0, counts: [] };
  let negative: ExponentialBuckets = { offset: 0, counts: [] };
  const exemplars: OtlpExemplar[] = [];
  while (reader.next()) {
    if (reader.field === 1) attributes.push(readAttribute(reader.message(), budget));
    else if (reader.field === 3) t = inMs(reader.fixed64());
    else if (reader.field === 4) count = Number(reader.fixed64());
    else if (reader.field === 5) sum = reader.double();
    else if (reader.field === 6) scale = reader.sint();
    else if (reader.field === 7) zeroCount = Number(reader.fixed64());
    else if (reader.field === 8) positive = readBuckets(reader.message(), budget);
    else if (reader.field === 9) negative = readBuckets(reader.message(), budget);
    else if (reader.field === 10) flags = reader.uint();
    else if (reader.field === 14) zeroThreshold = reader.double();
    else if (reader.field === 11) readExemplar(reader, budget, exemplars);
    else reader.skip();
  }
  const ended = flags % 2 === NO_RECORDED_VALUE;
  return { attributes, t, ended, count, sum, scale, zeroCount, zeroThreshold, positive, negative, exemplars };
}

function readBuckets(reader: ProtobufReader, budget: BodyBudget): ExponentialBuckets {
  let offset = 0;
  const counts: number[] = [];
  while (reader.next()) {
    if (reader.field === 1) offset = reader.sint();
    else if (reader.field === 2) repeated(reader, budget, (one) => counts.push(one.uint()));
    else reader.skip();
  }
  return { offset, counts };
}

/** `SummaryDataPoint`. */
export function readSummaryPoint(reader: ProtobufReader, budget: BodyBudget): SummaryPoint {
  const attributes: (readonly [string, string])[] = [];
  const quantiles: { quantile: number; value: number }[] = [];
  let t = 0;
  let flags = 0;
  let count = 0;
  let sum = 0;
  while (reader.next()) {
    if (reader.field === 7) attributes.push(readAttribute(reader.message(), budget));
    else if (reader.field === 3) t = inMs(reader.fixed64());
    else if (reader.field === 4) count = Number(reader.fixed64());
    else if (reader.field === 5) sum = reader.double();
    else if (reader.field === 6) {
      const one = { quantile: 0, value: 0 };
      const inner = reader.message();
      while (inner.next()) {
        if (inner.field === 1) one.quantile = inner.double();
        else if (inner.field === 2) one.value = inner.double();
        else inner.skip();
      }
      budget.take("buckets");
      quantiles.push(one);
    } else if (reader.field === 8) flags = reader.uint();
    else reader.skip();
  }
  return { attributes, t, ended: flags % 2 === NO_RECORDED_VALUE, count, sum, quantiles };
}

/** A repeated number of buckets, packed or one by one. */
function repeated(reader: ProtobufReader, budget: BodyBudget, read: (reader: ProtobufReader) => void): void {
  if (reader.wireType !== 2) {
    budget.take("buckets");
    return read(reader);
  }
  const packed = reader.message();
  while (!packed.atEnd) {
    budget.take("buckets");
    read(packed);
  }
}
