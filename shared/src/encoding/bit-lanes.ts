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

/**
 * The inverse: `width` bits (1 … 32) each from `source` at `at` to `unpacked[0 … count)`; `view` is of the same bytes. A
 * value of up to 25 bits lies within the four bytes that begin at its own, wherever it begins in them.
 */
export function unpackLanes(source: Uint8Array, view: DataView, at: number, count: number, width: number): void {
  const bytes = (count * width + 7) >>> 3;
  if (width <= 25 && at + bytes + 3 <= source.length) {
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
