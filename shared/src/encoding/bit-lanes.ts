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

/**
 * What is packed as differences of `width` bits (0 … NARROW), 4 bytes before the end of `view` at most: each times `times` and plus
 * `plus`, summed from `sum` on, the sums over `power` to `target[to … to + count)`. All but the quotients are integers. Returns the last sum.
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
  const end = to + count;
  let bit = 0;
  if (power === 1) {
    for (; to < end; to++) {
      sum += ((view.getInt32(at + (bit >>> 3), true) >>> (bit & 7)) & mask) * times + plus;
      target[to] = sum;
      bit += width;
    }
    return sum;
  }
  for (; to < end; to++) {
    sum += ((view.getInt32(at + (bit >>> 3), true) >>> (bit & 7)) & mask) * times + plus;
    target[to] = sum / power;
    bit += width;
  }
  return sum;
}
