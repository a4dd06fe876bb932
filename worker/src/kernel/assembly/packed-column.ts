// A column of f64 in the form that takes least room: the bytes of `encodePacked` in shared/src/encoding/packed-column.ts.
import { SLACK, allocate, reset } from "./memory";
import { at, writeTo } from "./byte-sink";
import { decimalsTo } from "./decimal-column";
import { scaleDecimals } from "./decimal-scale";
import { floatsTo } from "./float-column";

/** Of one value, in whatever form; the longest is XOR with a window of its own. */
const MOST_BYTES: u32 = 10;

let input: usize = 0;
let integers: usize = 0;
let output: usize = 0;

/** Takes the memory, all of it, for columns of up to `capacity` values. Where they go; 0 when there is not so much. */
export function startPacking(capacity: u32): u32 {
  reset();
  input = allocate((capacity << 3) + SLACK);
  integers = allocate((capacity << 3) + SLACK);
  output = allocate(capacity * MOST_BYTES + SLACK);
  return input == 0 || integers == 0 || output == 0 ? 0 : <u32>input;
}

export function packedAt(): u32 {
  return <u32>output;
}

/** Packs the first `count` values, at least one; returns the number of bytes. */
export function pack(count: u32): u32 {
  writeTo(output);
  const exponent = scaleDecimals(input, integers, count);
  if (exponent >= 0) decimalsTo(integers, exponent, count);
  else floatsTo(input, count);
  return <u32>(at - output);
}
