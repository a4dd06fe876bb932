// Differences over their divisor in groups of 128, bit-packed by frame of reference, least significant bit first.
import { at, skip, u8To, zigzagTo } from "./byte-sink";
import { bitWidth } from "./common-divisor";

export const GROUP: u32 = 128;

/** Of an odd number modulo 2^64: each step doubles the bits that are right (Warren, "Hacker's Delight", 10-16). */
function inverseOf(odd: u64): u64 {
  let inverse = (odd * 3) ^ 2;
  for (let bits = 5; bits < 64; bits *= 2) inverse *= 2 - odd * inverse;
  return inverse;
}

/** The i64 in [from, to), all of which `divisor` divides, so that a multiplication and a shift do for the division. */
export function groupsTo(from: usize, to: usize, divisor: u64): void {
  const shift = ctz(divisor);
  const inverse = inverseOf(divisor >> shift);
  for (let start = from; start < to; start += GROUP << 3) groupTo(start, min(start + (GROUP << 3), to), shift, inverse);
}

function groupTo(from: usize, to: usize, shift: u64, inverse: u64): void {
  let least = load<i64>(from);
  let most = least;
  for (let p = from + 8; p < to; p += 8) {
    const value = load<i64>(p);
    least = select<i64>(value, least, value < least);
    most = select<i64>(value, most, value > most);
  }
  const width = <u64>bitWidth((<u64>(most - least) >> shift) * inverse);
  zigzagTo((least >> <i64>shift) * <i64>inverse);
  u8To(<u32>width);
  if (width == 0) return;
  const target = at;
  let next = target;
  let bits: u64 = 0;
  let filled: u64 = 0;
  // At most 7 bits are left over, and no width is above 54. Whole words are written: the bytes behind come later.
  for (let p = from; p < to; p += 8) {
    bits |= ((<u64>(load<i64>(p) - least) >> shift) * inverse) << filled;
    filled += width;
    store<u64>(next, bits);
    next += <usize>(filled >> 3);
    bits >>= filled & 56;
    filled &= 7;
  }
  skip((((to - from) >> 3) * <usize>width + 7) >> 3);
}
