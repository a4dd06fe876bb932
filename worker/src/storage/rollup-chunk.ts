import type { ByteReader } from "@sightline/shared/encoding/byte-reader";
import type { ByteWriter } from "@sightline/shared/encoding/byte-writer";
import { decodePacked, encodePacked } from "@sightline/shared/encoding/packed-column";
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
  return { ...columns, sketches: Array.from({ length }, () => readSketch(reader)) };
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

function readSketch(reader: ByteReader): SketchBins | undefined {
  const joins = reader.u8() - 1;
  if (joins < 0) return undefined;
  const relativeError = sketchError(joins);
  const zeroCount = reader.varint();
  const bins = (): SketchBins["positive"] => {
    const length = reader.varint();
    if (length > MAX_BINS) throw new RangeError(`a sketch of ${length} bins`);
    return { indices: Int32Array.from(decodePacked(reader, length)), counts: decodePacked(reader, length) };
  };
  return { relativeError, zeroCount, negative: bins(), positive: bins() };
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
