/** The rich tier's state in bytes; FORMAT.md says what they mean. */
import type { ByteReader } from "../../encoding/byte-reader.ts";
import type { ByteWriter } from "../../encoding/byte-writer.ts";
import {
  EIGHTH_RICH_SIZE,
  FIFTH_RICH_SIZE,
  FIRST_RICH_SIZE,
  HABITS_AT,
  LONG_MEANS_AT,
  MEANS_AT,
  N,
  NINTH_RICH_SIZE,
  P,
  RICH_SIZE,
  SECOND_RICH_SIZE,
  SEVENTH_RICH_SIZE,
  SINGLES_AT,
  SIXTH_RICH_SIZE,
  THIRD_RICH_SIZE,
  TYPICAL,
  startLevelTails,
} from "./layout.ts";

const VERSION = 12;
/** Whose misses are sizes: to which side each was is not known. */
const FOURTH_VERSION = 5;
/** Without means of 24 steps, which then begin with those of 12, and with no novelty held. */
const SECOND_VERSION = 3;
/** Without the memories of novelty.ts, which then begin empty. */
const FIRST_VERSION = 2;
/** By version, from the first that is read. */
const SIZES = [
  FIRST_RICH_SIZE,
  SECOND_RICH_SIZE,
  THIRD_RICH_SIZE,
  HABITS_AT,
  HABITS_AT,
  FIFTH_RICH_SIZE,
  SIXTH_RICH_SIZE,
  SEVENTH_RICH_SIZE,
  EIGHTH_RICH_SIZE,
  NINTH_RICH_SIZE,
  RICH_SIZE,
];
/** Zeros that are cheaper left out than written. */
const FEW = 2;

/** A run of singles on its way; between calls nobody's. */
const singles = new Float32Array(RICH_SIZE);
const singleBytes = new Uint8Array(singles.buffer);

/** What differences are added to in doubles; then the memories, which hold singles, in runs: how many zeros, how many singles, the singles. */
export function saveRich(writer: ByteWriter, f: Float64Array): void {
  writer.u8(VERSION);
  for (let i = 0; i < SINGLES_AT; i++) writer.f64(f[i]!);
  let at = SINGLES_AT;
  while (at < RICH_SIZE) {
    let from = at;
    while (from < RICH_SIZE && f[from] === 0) from++;
    let end = from;
    for (let zeros = 0; end < RICH_SIZE && zeros <= FEW; end++) zeros = f[end] === 0 ? zeros + 1 : 0;
    while (end > from && f[end - 1] === 0) end--;
    writer.varint(from - at);
    writer.varint(end - from);
    for (let i = from; i < end; i++) singles[i - from] = f[i]!;
    writer.bytes(singleBytes.subarray(0, (end - from) * 4));
    at = end;
  }
}

/**
 * "older": the bytes are of a version before; `f` is as it was and the reader is anywhere. "unknown": of another version or size. Throws RangeError at the
 * end of the bytes.
 */
export function loadRich(reader: ByteReader, f: Float64Array): "read" | "older" | "unknown" {
  const version = reader.u8();
  if (version < FIRST_VERSION) return "older";
  if (version > VERSION) return "unknown";
  const size = SIZES[version - FIRST_VERSION]!;
  for (let i = 0; i < SINGLES_AT; i++) f[i] = reader.f64();
  let at = SINGLES_AT;
  f.fill(0, at);
  while (at < size) {
    const zeros = reader.varint();
    at += zeros;
    const count = reader.varint();
    if (at + count > size || zeros + count === 0) return "unknown";
    singleBytes.set(reader.bytes(count * 4));
    for (let i = 0; i < count; i++) f[at++] = singles[i]!;
  }
  if (version === SECOND_VERSION) {
    f.copyWithin(LONG_MEANS_AT, MEANS_AT, MEANS_AT + 2 * TYPICAL);
    f[N.mean24] = f[N.mean12]!;
  }
  if (size < EIGHTH_RICH_SIZE) startLevelTails(f);
  // To both sides alike, as noise is: else all of them would be a level that has moved.
  if (version <= FOURTH_VERSION) for (let i = P.misses; i < P.scatters; i += 2) f[i] = 0 - f[i]!;
  return "read";
}
