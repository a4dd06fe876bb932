import type { ByteReader } from "@sightline/shared/encoding/byte-reader";
import type { ByteWriter } from "@sightline/shared/encoding/byte-writer";
import { decodePacked, decodePackedInto, encodePacked } from "@sightline/shared/encoding/packed-column";
import { sketchError, sketchJoins } from "@sightline/shared/aggregation/quantile-sketch";
import type { RollupColumns, SketchBins } from "@sightline/shared/model/rollup";

const MINS_ARE_FIRSTS = 1;
const MAXS_ARE_LASTS = 2;
const INCREASES_ARE_DIFFERENCES = 4;
const SKETCHES = 8;
const MAX_BINS = 65_536;

/** One series' aggregates of a day, without `ends`, which are the chunk's times; what follows from other columns is left out (SCHEMA.md). */
export function writeRollup(writer: ByteWriter, columns: RollupColumns): void {
  const { ends, counts, sums, mins, maxs, firsts, lasts, firstTimes, lastTimes, innerIncreases, sketches } = columns;
  const length = ends.length;
  const minsElided = same(mins, firsts);
  const maxsElided = same(maxs, lasts);
  const increasesElided = same(innerIncreases, difference(lasts, firsts));
  writer.u8(
    (minsElided ? MINS_ARE_FIRSTS : 0) |
      (maxsElided ? MAXS_ARE_LASTS : 0) |
      (increasesElided ? INCREASES_ARE_DIFFERENCES : 0) |
      (sketches === undefined ? 0 : SKETCHES),
  );
  encodePacked(writer, counts, length);
  encodePacked(writer, difference(ends, firstTimes), length);
  encodePacked(writer, difference(ends, lastTimes), length);
  encodePacked(writer, firsts, length);
  encodePacked(writer, lasts, length);
  encodePacked(writer, sums, length);
  if (!minsElided) encodePacked(writer, mins, length);
  if (!maxsElided) encodePacked(writer, maxs, length);
  if (!increasesElided) encodePacked(writer, innerIncreases, length);
  if (sketches !== undefined) for (let i = 0; i < length; i++) writeSketch(writer, sketches[i]);
}

/** Sketches, which cost more to read than all else, only where they are wanted. Throws RangeError for bytes that are none. */
export function readRollup(reader: ByteReader, ends: Float64Array, resolutionMs: number, sketches: boolean): RollupColumns {
  const length = ends.length;
  const flags = reader.u8();
  const counts = decodePacked(reader, length);
  const firstTimes = difference(ends, decodePacked(reader, length));
  const lastTimes = difference(ends, decodePacked(reader, length));
  const firsts = decodePacked(reader, length);
  const lasts = decodePacked(reader, length);
  const sums = decodePacked(reader, length);
  const mins = (flags & MINS_ARE_FIRSTS) === 0 ? decodePacked(reader, length) : firsts;
  const maxs = (flags & MAXS_ARE_LASTS) === 0 ? decodePacked(reader, length) : lasts;
  const innerIncreases = (flags & INCREASES_ARE_DIFFERENCES) === 0 ? decodePacked(reader, length) : difference(lasts, firsts);
  const columns = { resolutionMs, ends, counts, sums, mins, maxs, firsts, lasts, firstTimes, lastTimes, innerIncreases };
  if ((flags & SKETCHES) === 0 || !sketches) return columns;
  return { ...columns, sketches: readSketches(reader, length) };
}

/** How often its bins were joined, plus one, u8 (0: none, and nothing follows) · zeros varint · bins of negative, then of positive values: count varint, packed indices, packed counts. */
function writeSketch(writer: ByteWriter, sketch: SketchBins | undefined): void {
  if (sketch === undefined) {
    writer.u8(0);
    return;
  }
  writer.u8(sketchJoins(sketch) + 1);
  writer.varint(sketch.zeroCount);
  for (const { indices, counts } of [sketch.negative, sketch.positive]) {
    writer.varint(indices.length);
    encodePacked(writer, Float64Array.from(indices), indices.length);
    encodePacked(writer, counts, indices.length);
  }
}

let binIndices = new Float64Array(4096);
let binCounts = new Float64Array(4096);

/** Bins of both signs of a sketch, by where they end among all of its chunk. */
interface SketchPlace {
  readonly joins: number;
  readonly zeroCount: number;
  readonly negativeEnd: number;
  readonly positiveEnd: number;
}

/** All sketches of a chunk. Their bins are parts of two arrays: to make some for each costs more than to read them. */
function readSketches(reader: ByteReader, count: number): (SketchBins | undefined)[] {
  let used = 0;
  const bins = (): number => {
    const length = reader.varint();
    if (length > MAX_BINS) throw new RangeError(`a sketch of ${length} bins`);
    if (used + length > binIndices.length) {
      binIndices = widened(binIndices, used + length);
      binCounts = widened(binCounts, used + length);
    }
    decodePackedInto(reader, length, binIndices, used);
    decodePackedInto(reader, length, binCounts, used);
    return (used += length);
  };
  const places: SketchPlace[] = [];
  for (let i = 0; i < count; i++) {
    const joins = reader.u8() - 1;
    if (joins < 0) places.push({ joins, zeroCount: 0, negativeEnd: used, positiveEnd: used });
    else places.push({ joins, zeroCount: reader.varint(), negativeEnd: bins(), positiveEnd: bins() });
  }
  const indices = new Int32Array(binIndices.subarray(0, used));
  const counts = binCounts.slice(0, used);
  let from = 0;
  return places.map(({ joins, zeroCount, negativeEnd, positiveEnd }) => {
    const part = (start: number, end: number): SketchBins["positive"] =>
      start === end ? NO_BINS : { indices: indices.subarray(start, end), counts: counts.subarray(start, end) };
    const negative = part(from, negativeEnd);
    const positive = part(negativeEnd, positiveEnd);
    from = positiveEnd;
    return joins < 0 ? undefined : { relativeError: sketchError(joins), zeroCount, negative, positive };
  });
}

const NO_BINS: SketchBins["positive"] = { indices: new Int32Array(0), counts: new Float64Array(0) };

function widened(from: Float64Array<ArrayBuffer>, length: number): Float64Array<ArrayBuffer> {
  const to = new Float64Array(Math.max(length, 2 * from.length));
  to.set(from);
  return to;
}

function difference(a: Float64Array, b: Float64Array): Float64Array<ArrayBuffer> {
  const result = new Float64Array(a.length);
  for (let i = 0; i < result.length; i++) result[i] = (a[i] as number) - (b[i] as number);
  return result;
}

function same(a: Float64Array, b: Float64Array): boolean {
  for (let i = 0; i < a.length; i++) if (!Object.is(a[i], b[i])) return false;
  return true;
}
