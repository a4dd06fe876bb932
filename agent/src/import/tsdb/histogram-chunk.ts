import type { BucketSpan, CounterResetHint, NativeHistogram } from "@sightline/shared/model/histogram";
import { type SeriesSamples, isStale, putStale } from "@sightline/shared/model/sample";
import { UnreadableSource } from "../import-source.ts";
import { BitReader } from "./bit-reader.ts";
import { XorValue } from "./xor-value.ts";

const WHOLE_COUNTS = 2;
const FLOAT_COUNTS = 3;
/** `putVarbitInt` and `putVarbitUint` of tsdb/chunkenc/varbit.go. */
const WIDTHS = [3, 6, 9, 12, 18, 25, 56] as const;
const CUSTOM_BUCKETS = -53;

interface Layout {
  readonly schema: number;
  readonly zeroThreshold: number;
  readonly positiveSpans: readonly BucketSpan[];
  readonly negativeSpans: readonly BucketSpan[];
  readonly customValues?: readonly number[];
  /** From the chunk's header: it began with a reset, without one, holds gauges, or nobody knows. */
  readonly header: "reset" | "not_reset" | "gauge" | "unknown";
}

/** `readVarbitUint`: widths as of signed integers, read without a sign. */
function unsigned(reader: BitReader): number {
  let ones = 0;
  while (ones <= WIDTHS.length && reader.bit() === 1) ones++;
  if (ones === 0) return 0;
  const width = WIDTHS[ones - 1];
  if (width === undefined) return reader.int64();
  return wide(reader, width);
}

/** `readVarbitInt`. */
function signed(reader: BitReader): number {
  let ones = 0;
  while (ones <= WIDTHS.length && reader.bit() === 1) ones++;
  if (ones === 0) return 0;
  const width = WIDTHS[ones - 1];
  if (width === undefined) return reader.int64();
  const value = wide(reader, width);
  return value > 2 ** (width - 1) ? value - 2 ** width : value;
}

/** More than 32 bits; above 2^53 the nearest double. */
const wide = (reader: BitReader, width: number): number =>
  width > 32 ? reader.bits(width - 32) * 2 ** 32 + reader.bits(32) : reader.bits(width);

function readSpans(reader: BitReader): BucketSpan[] {
  const count = unsigned(reader);
  if (count > 4096) throw new RangeError(`a histogram of ${count} spans`);
  return Array.from({ length: count }, () => {
    const length = unsigned(reader);
    return { offset: signed(reader), length };
  });
}

function readThreshold(reader: BitReader): number {
  const byte = reader.bits(8);
  if (byte === 0) return 0;
  if (byte < 255) return 0.5 * 2 ** (byte - 243);
  const value = new XorValue();
  value.first(reader);
  return value.value;
}

/** Bounds written by people have few decimals: y = 1000 x + 1 as an integer, else a zero bit and the float. */
function readCustomValues(reader: BitReader): number[] {
  const count = unsigned(reader);
  if (count > 65_536) throw new RangeError(`a histogram of ${count} bounds`);
  return Array.from({ length: count }, () => {
    const whole = unsigned(reader);
    if (whole !== 0) return (whole - 1) / 1000;
    const value = new XorValue();
    value.first(reader);
    return value.value;
  });
}

function readLayout(bytes: Uint8Array, reader: BitReader): Layout {
  const header = (["unknown", "not_reset", "reset", "gauge"] as const)[(bytes[2] as number) >>> 6] ?? "unknown";
  const zeroThreshold = readThreshold(reader);
  const schema = signed(reader);
  const layout = { schema, zeroThreshold, positiveSpans: readSpans(reader), negativeSpans: readSpans(reader), header };
  return schema === CUSTOM_BUCKETS ? { ...layout, customValues: readCustomValues(reader) } : layout;
}

/** Runs over whole numbers by delta of delta, as counts and times are written. */
class DeltaOfDelta {
  #value = 0;
  #delta = 0;

  first(value: number): number {
    this.#value = value;
    return value;
  }

  next(reader: BitReader): number {
    this.#delta += signed(reader);
    this.#value += this.#delta;
    return this.#value;
  }
}

const buckets = (spans: readonly BucketSpan[]): number => spans.reduce((sum, { length }) => sum + length, 0);

/** A chunk of native histograms (encodings 2 and 3; tsdb/docs/format/chunks.md). Throws UnreadableSource for other encodings, RangeError when it ends too early. */
export function readHistogramChunk(encoding: number, bytes: Uint8Array): SeriesSamples {
  if (encoding !== WHOLE_COUNTS && encoding !== FLOAT_COUNTS)
    throw new UnreadableSource(`a chunk in encoding ${encoding}, which is not known here`);
  const samples = (bytes[0] as number) * 256 + (bytes[1] as number);
  const reader = new BitReader(bytes, 3);
  const layout = readLayout(bytes, reader);
  const positive = buckets(layout.positiveSpans);
  const width = positive + buckets(layout.negativeSpans);
  if (width > 65_536) throw new RangeError(`a histogram of ${width} buckets`);
  const counts = encoding === WHOLE_COUNTS ? new WholeCounts(width) : new FloatCounts(width);
  const time = new DeltaOfDelta();
  const sum = new XorValue();
  const timestamps = new Float64Array(samples);
  const values = new Float64Array(samples);
  const histograms: (NativeHistogram | undefined)[] = [];
  const { header, ...shape } = layout;
  for (let i = 0; i < samples; i++) {
    timestamps[i] = i === 0 ? time.first(signed(reader)) : time.next(reader);
    counts.totals(reader, i === 0);
    if (i === 0) sum.first(reader);
    else sum.next(reader);
    if (isStale(sum.value)) {
      // No buckets are written for a stale marker.
      putStale(values, i);
      histograms.push(undefined);
      continue;
    }
    const all = counts.buckets(reader, i === 0, positive);
    histograms.push({
      ...shape,
      count: counts.count,
      zeroCount: counts.zeroCount,
      sum: sum.value,
      positiveBuckets: all.slice(0, positive),
      negativeBuckets: all.slice(positive),
      counterResetHint: hintOf(header, i),
    });
  }
  return { timestamps, values, histograms };
}

/** Only the first histogram of a chunk may follow a reset; what came before it may be gone. */
function hintOf(header: Layout["header"], i: number): CounterResetHint {
  if (header === "gauge") return "gauge";
  if (i > 0) return "not_reset";
  return header === "reset" ? "reset" : "unknown";
}

interface Counts {
  readonly count: number;
  readonly zeroCount: number;
  totals(reader: BitReader, first: boolean): void;
  /** Absolute counts, positive buckets first. */
  buckets(reader: BitReader, first: boolean, positive: number): number[];
}

class WholeCounts implements Counts {
  readonly #count = new DeltaOfDelta();
  readonly #zeroCount = new DeltaOfDelta();
  readonly #buckets: DeltaOfDelta[];
  count = 0;
  zeroCount = 0;

  constructor(width: number) {
    this.#buckets = Array.from({ length: width }, () => new DeltaOfDelta());
  }

  totals(reader: BitReader, first: boolean): void {
    this.count = first ? this.#count.first(unsigned(reader)) : this.#count.next(reader);
    this.zeroCount = first ? this.#zeroCount.first(unsigned(reader)) : this.#zeroCount.next(reader);
  }

  buckets(reader: BitReader, first: boolean, positive: number): number[] {
    let before = 0;
    return this.#buckets.map((bucket, i) => {
      // Buckets are differences from the one before, on either side of zero by themselves.
      if (i === positive) before = 0;
      before += first ? bucket.first(signed(reader)) : bucket.next(reader);
      return before;
    });
  }
}

class FloatCounts implements Counts {
  readonly #count = new XorValue();
  readonly #zeroCount = new XorValue();
  readonly #buckets: XorValue[];

  constructor(width: number) {
    this.#buckets = Array.from({ length: width }, () => new XorValue());
  }

  get count(): number {
    return this.#count.value;
  }

  get zeroCount(): number {
    return this.#zeroCount.value;
  }

  totals(reader: BitReader, first: boolean): void {
    for (const value of [this.#count, this.#zeroCount]) {
      if (first) value.first(reader);
      else value.next(reader);
    }
  }

  buckets(reader: BitReader, first: boolean): number[] {
    return this.#buckets.map((bucket) => {
      if (first) bucket.first(reader);
      else bucket.next(reader);
      return bucket.value;
    });
  }
}
