/**
 * Bit packing in 32-bit lanes, least significant bit first: the bytes of `bit-packing.ts`, four at a time, for widths up
 * to 32. Plain loops: this is a hot path.
 */

const LANES = 129;
/** What is packed or unpacked: at most 128 unsigned integers below 2^32. */
export const unpacked = new Uint32Array(128);
const lanes = new Uint32Array(LANES);
const laneBytes = new Uint8Array(lanes.buffer);

/** Packs `unpacked[0 … count)` of `width` bits (1 … 32) to `target` at `at`; writes whole lanes, of which `ceil(count * width / 8)` bytes count. */
export function packLanes(count: number, width: number, target: Uint8Array, at: number): void {
  let lane = 0;
  let filled = 0;
  let next = 0;
  for (let i = 0; i < count; i++) {
    const value = unpacked[i] as number;
    lane |= value << filled;
    filled += width;
    if (filled >= 32) {
      lanes[next++] = lane;
      filled -= 32;
      lane = filled === 0 ? 0 : value >>> (width - filled);
    }
  }
  if (filled > 0) lanes[next] = lane;
  const bytes = (count * width + 7) >>> 3;
  for (let i = 0; i < bytes; i++) target[at + i] = laneBytes[i] as number;
}

/** A value of so many bits lies within the four bytes that begin at its own, wherever it begins in them. */
export const NARROW = 25;

/** The inverse: `width` bits (1 … 32) each from `source` at `at` to `unpacked[0 … count)`; `view` is of the same bytes. */
export function unpackLanes(source: Uint8Array, view: DataView, at: number, count: number, width: number): void {
  const bytes = (count * width + 7) >>> 3;
  if (width <= NARROW && at + bytes + 3 <= source.length) {
    const mask = (1 << width) - 1;
    let bit = 0;
    for (let i = 0; i < count; i++) {
      unpacked[i] = (view.getUint32(at + (bit >>> 3), true) >>> (bit & 7)) & mask;
      bit += width;
    }
    return;
  }
  for (let i = 0; i < bytes; i++) laneBytes[i] = source[at + i] as number;
  const mask = width === 32 ? -1 : (1 << width) - 1;
  let next = 0;
  let filled = 0;
  for (let i = 0; i < count; i++) {
    let value = (lanes[next] as number) >>> filled;
    filled += width;
    if (filled >= 32) {
      next += 1;
      filled -= 32;
      if (filled > 0) value |= (lanes[next] as number) << (width - filled);
    }
    unpacked[i] = value & mask;
  }
}

const INT32_MAX = 0x7fff_ffff;

/**
 * What is packed as differences of `width` bits (0 … NARROW), 4 bytes before the end of `view` at most and in its first 2^28: each
 * times `times` and plus `plus`, summed from `sum` on, the sums over `power` to `target[to … to + count)`. All but the quotients are
 * integers, none of the sums beyond 2^53. Returns the last sum.
 */
export function sumLanes(
  view: DataView,
  at: number,
  count: number,
  width: number,
  times: number,
  plus: number,
  sum: number,
  power: number,
  target: Float64Array,
  to: number,
): number {
  const mask = (1 << width) - 1;
  let bit = at << 3;
  const end = bit + count * width;
  // Nearly always: integers of 32 bits are summed in a third of the time that floats take, and to the same sums.
  if (width > 0 && count * (mask * Math.abs(times) + Math.abs(plus)) <= INT32_MAX) {
    const step = times | 0;
    const more = plus | 0;
    let own = 0;
    if (power === 1) {
      for (; bit < end; bit = (bit + width) | 0) {
        own = (own + Math.imul((view.getInt32(bit >>> 3, true) >>> (bit & 7)) & mask, step) + more) | 0;
        target[to] = sum + own;
        to = (to + 1) | 0;
      }
    } else {
      for (; bit < end; bit = (bit + width) | 0) {
        own = (own + Math.imul((view.getInt32(bit >>> 3, true) >>> (bit & 7)) & mask, step) + more) | 0;
        target[to] = (sum + own) / power;
        to = (to + 1) | 0;
      }
    }
    return sum + own;
  }
  for (const last = to + count; to < last; to++) {
    sum += ((view.getInt32(bit >>> 3, true) >>> (bit & 7)) & mask) * times + plus;
    target[to] = sum / power;
    bit += width;
  }
  return sum;
}
