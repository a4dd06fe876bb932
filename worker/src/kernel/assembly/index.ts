// What the module exports; `wasm-kernel.ts` is its only caller.
import { CORRUPT_SNAPPY, NEEDS_OBJECTS, clearFault, fault, faultAt, raise } from "./fault";
import { SLACK, allocate, reset, used } from "./memory";
import { asideCount, asideEnd, asideStart, clearAside } from "./aside";
import { clearColumns, count, forgetColumns, nameRuns, refs, times, unknownCount, unknownEntry, values } from "./columns";
import { EPOCH, KEY, LENGTH, REF, SPACE, entries, forgetLabelSets, reconsiderLabelSets, setSeed } from "./label-sets";
import { pack, packedAt, startPacking } from "./packed-column";
import { announced, decompress, preamble } from "./snappy";
import { epoch, forgetSuccession } from "./succession";
import { readWriteRequest } from "./write-request";
import { forgetSymbols, readRequest2 } from "./write-request-2";

/** Of an instance of its own, whose memory nothing else uses; `create-column-encoder.ts` is its only caller. */
export { pack, packedAt, startPacking };

const FIRST_INPUT: u32 = 1 << 18;
const FIRST_UNPACKED: u32 = 1 << 19;
const MAX_UNPACKED: u32 = 1 << 22;

let bound: u32 = 0;
let forgetful: bool = true;
let input: u32 = 0;
let inputSize: u32 = 0;
let unpacked: u32 = 0;
let unpackedSize: u32 = 0;

/** `maxBytes` of memory, or a label set for every 128 of them, above which everything is forgotten. */
export function configure(maxBytes: u32, seedLow: u32, seedHigh: u32): void {
  bound = maxBytes;
  setSeed(((<u64>seedHigh) << 32) | seedLow);
}

/** Where the next body goes; 0 when it is too large to have come from 4 MB. */
export function reserve(size: u32): u32 {
  if (forgetful || used() > bound || entries > bound >> 7) startOver();
  if (size > MAX_UNPACKED + MAX_UNPACKED / 4) return 0;
  if (size > inputSize) {
    inputSize = max(FIRST_INPUT, atLeast(inputSize, size));
    input = allocate(inputSize + SLACK);
    if (input == 0) inputSize = 0;
  }
  return forgetful ? 0 : input;
}

function atLeast(size: u32, wanted: u32): u32 {
  let larger = max(size, FIRST_INPUT);
  while (larger < wanted) larger *= 2;
  return larger;
}

function startOver(): void {
  reset();
  inputSize = 0;
  unpackedSize = 0;
  forgetColumns();
  forgetSuccession();
  forgetSymbols();
  forgetful = !forgetLabelSets();
}

/** A body of `size` bytes, written to where `reserve` said. OK or a fault. */
export function decode(version: i32, size: u32): i32 {
  clearFault();
  clearAside();
  if (clearColumns() && unpack(size)) {
    if (version == 1) readWriteRequest(unpacked, unpacked + announced);
    else if (version == 2) readRequest2(unpacked, unpacked + announced);
  }
  return fault;
}

function unpack(size: u32): bool {
  const skipped = preamble(input, input + size);
  if (skipped == 0) return raise(CORRUPT_SNAPPY, input);
  if (announced > MAX_UNPACKED) return raise(NEEDS_OBJECTS, input);
  if (announced > unpackedSize) {
    unpackedSize = max(FIRST_UNPACKED, atLeast(unpackedSize, announced));
    unpacked = allocate(unpackedSize + SLACK);
    if (unpacked == 0) {
      unpackedSize = 0;
      return raise(NEEDS_OBJECTS, input);
    }
  }
  return decompress(input + skipped, input + size, unpacked, unpacked + announced);
}

/** Byte of the body, decompressed or not, at which a fault was seen. */
export function faultOffset(): u32 {
  return fault == CORRUPT_SNAPPY ? faultAt - input : faultAt - unpacked;
}

export function samples(): u32 {
  return count;
}
export function refsAt(): u32 {
  return refs;
}
export function timesAt(): u32 {
  return times;
}
export function valuesAt(): u32 {
  return values;
}
export function unknowns(): u32 {
  return unknownCount;
}
/** 1 when the i-th unknown label set is of 2.0: its key is words, and of them the symbols are entries. */
export function spaceOf(i: u32): u32 {
  return load<u32>(unknownEntry(i), SPACE);
}
export function entryOf(i: u32): u32 {
  return unknownEntry(i);
}
export function keyAt(entry: u32): u32 {
  return entry + KEY;
}
export function keyLength(entry: u32): u32 {
  return load<u32>(entry, LENGTH);
}

/** Fields of the message that were left to others. */
export function asides(): u32 {
  return asideCount;
}
export function asideFrom(i: u32): u32 {
  return asideStart(i);
}
export function asideTo(i: u32): u32 {
  return asideEnd(i);
}
export function messageAt(): u32 {
  return unpacked;
}
export function messageLength(): u32 {
  return announced;
}

export function learn(i: u32, ref: i32): void {
  const entry = unknownEntry(i);
  store<i32>(entry, ref, REF);
  store<u32>(entry, 0, EPOCH);
  nameRuns(i, ref);
}

/** In the columns of this decode alone. */
export function name(i: u32, ref: i32): void {
  nameRuns(i, ref);
}

/** Label sets that were refused are unknown again. */
export function reconsider(): void {
  if (!forgetful) reconsiderLabelSets(epoch);
}

export function forget(): void {
  forgetful = true;
}

export function memoryUsed(): u32 {
  return used();
}
