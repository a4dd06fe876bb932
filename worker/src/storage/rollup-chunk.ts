import type { ByteReader } from "@sightline/shared/encoding/byte-reader";
import type { ByteWriter } from "@sightline/shared/encoding/byte-writer";
import { decodeHistograms, encodeHistograms } from "@sightline/shared/encoding/histogram-column";
import { decodePacked, decodePackedInto, encodePacked } from "@sightline/shared/encoding/packed-column";
import { sketchJoins } from "@sightline/shared/aggregation/quantile-sketch";
import { sketchAt } from "@sightline/shared/aggregation/sketch-columns";
import type { NativeHistogram } from "@sightline/shared/model/histogram";
import type { RollupColumns, SketchBins } from "@sightline/shared/model/rollup";
import { EXTENDED_ROLLUP, ROLLUP } from "./run-row.ts";

const MINS_ARE_FIRSTS = 1;
const MAXS_ARE_LASTS = 2;
const INCREASES_ARE_DIFFERENCES = 4;
const SKETCHES = 8;

/** Flags of what an extended chunk begins with. */
const DIGESTS = 1;
const STALE = 2;

/** One series' aggregates of a day, without `ends`, which are the chunk's times; what follows from other columns is left out (SCHEMA.md). Returns the chunk's kind. */
export function writeRollup(writer: ByteWriter, columns: RollupColumns): number {
  const { digests, staleTimes, lastTimes } = columns;
  const extended = digests !== undefined || staleTimes !== undefined;
  if (extended) writer.u8((digests === undefined ? 0 : DIGESTS) | (staleTimes === undefined ? 0 : STALE));
  if (digests !== undefined) {
    encodePacked(
      writer,
      Float64Array.from(digests, (digest) => digest.length),
      digests.length,
    );
    encodeHistograms(writer, digests.flat());
  }
  if (staleTimes !== undefined)
    encodePacked(
      writer,
      difference(staleTimes, lastTimes).map((after) => (after === Infinity ? 0 : after)),
      staleTimes.length,
    );
  writeColumns(writer, columns);
  return extended ? EXTENDED_ROLLUP : ROLLUP;
}

/** What an extended chunk begins with. */
interface RollupExtension {
  /** The histograms of each bucket. */
  readonly digests?: readonly (readonly NativeHistogram[])[];
  /** How long after its last sample a bucket's series ended, ms; 0 where it did not. */
  readonly staleAfter?: Float64Array;
}

/** What follows is as in any other chunk. Throws RangeError for bytes that are none. */
export function readExtension(reader: ByteReader, buckets: number): RollupExtension {
  const flags = reader.u8();
  if ((flags & ~(DIGESTS | STALE)) !== 0) throw new RangeError(`an extended rollup with flags ${flags}`);
  const digests = (flags & DIGESTS) === 0 ? {} : { digests: readDigests(reader, buckets) };
  return (flags & STALE) === 0 ? digests : { ...digests, staleAfter: decodePacked(reader, buckets) };
}

function readDigests(reader: ByteReader, buckets: number): NativeHistogram[][] {
  const sizes = decodePacked(reader, buckets);
  const all = decodeHistograms(
    reader,
    sizes.reduce((sum, size) => sum + size, 0),
  );
  let from = 0;
  return Array.from(sizes, (size) => all.slice(from, (from += size)));
}

function writeColumns(writer: ByteWriter, columns: RollupColumns): void {
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
  if (sketches !== undefined) for (let i = 0; i < length; i++) writeSketch(writer, sketchAt(sketches, i));
}

/** Where the aggregates of a chunk go: arrays with room for them from `length` on. */
export type RollupRoom = Omit<RollupColumns, "resolutionMs" | "ends" | "staleTimes" | "sketches" | "digests">;

/**
 * Reads a chunk's aggregates to `room` from `at` on, straight to where the series keeps them: an array for each column of
 * each day costs more than its values. True when sketches follow, which cost more to read than all else and are left to
 * `SketchRoom.read`. Throws RangeError for bytes that are none; what `room` then holds from `at` on is undefined.
 */
export function readRollupInto(reader: ByteReader, ends: Float64Array, room: RollupRoom, at: number): boolean {
  const count = ends.length;
  const { firsts, lasts, mins, maxs, innerIncreases } = room;
  const flags = reader.u8();
  decodePackedInto(reader, count, room.counts, at);
  timesBefore(reader, ends, room.firstTimes, at);
  timesBefore(reader, ends, room.lastTimes, at);
  decodePackedInto(reader, count, firsts, at);
  decodePackedInto(reader, count, lasts, at);
  decodePackedInto(reader, count, room.sums, at);
  if ((flags & MINS_ARE_FIRSTS) === 0) decodePackedInto(reader, count, mins, at);
  else for (let i = at; i < at + count; i++) mins[i] = firsts[i] as number;
  if ((flags & MAXS_ARE_LASTS) === 0) decodePackedInto(reader, count, maxs, at);
  else for (let i = at; i < at + count; i++) maxs[i] = lasts[i] as number;
  if ((flags & INCREASES_ARE_DIFFERENCES) === 0) decodePackedInto(reader, count, innerIncreases, at);
  else for (let i = at; i < at + count; i++) innerIncreases[i] = (lasts[i] as number) - (firsts[i] as number);
  return (flags & SKETCHES) !== 0;
}

function timesBefore(reader: ByteReader, ends: Float64Array, target: Float64Array, at: number): void {
  decodePackedInto(reader, ends.length, target, at);
  for (let i = 0; i < ends.length; i++) target[at + i] = (ends[i] as number) - (target[at + i] as number);
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

function difference(a: Float64Array, b: Float64Array): Float64Array<ArrayBuffer> {
  const result = new Float64Array(a.length);
  for (let i = 0; i < result.length; i++) result[i] = (a[i] as number) - (b[i] as number);
  return result;
}

function same(a: Float64Array, b: Float64Array): boolean {
  for (let i = 0; i < a.length; i++) if (!Object.is(a[i], b[i])) return false;
  return true;
}
