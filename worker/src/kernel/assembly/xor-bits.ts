// Floats by XOR with the one before, most significant bit first (shared/src/encoding/xor-column.ts).
import { at, writeTo } from "./byte-sink";

/** Bits not in whole bytes yet, from the top; below them 0. */
let bits: u64 = 0;
/** At most 7 between two values. */
let filled: u64 = 0;

/** The low `width` (1 … 56) bits of `value`, which has no others. Writes whole words: the bytes behind come later. */
function put(value: u64, width: u64): void {
  bits |= value << (64 - filled - width);
  filled += width;
  store<u64>(at, bswap(bits));
  writeTo(at + <usize>(filled >> 3));
  bits <<= filled & 56;
  filled &= 7;
}

export function xorTo(from: usize, to: usize): void {
  bits = 0;
  filled = 0;
  let before: u64 = 0;
  let leading: u64 = 0;
  let length: u64 = 0;
  for (let p = from; p < to; p += 8) {
    const value = load<u64>(p);
    const changed = value ^ before;
    before = value;
    if (changed == 0) {
      put(0, 1);
      continue;
    }
    const zeros = min<u64>(31, clz(changed));
    const trailing = ctz(changed);
    if (length > 0 && zeros >= leading && trailing >= 64 - leading - length) put(2, 2);
    else {
      leading = zeros;
      length = 64 - zeros - trailing;
      put((3 << 11) | (leading << 6) | (length - 1), 13);
    }
    const window = changed >> (64 - leading - length);
    if (length > 32) put(window >> 32, length - 32);
    put(length > 32 ? window & 0xffffffff : window, min<u64>(length, 32));
  }
  if (filled > 0) writeTo(at + 1);
}
