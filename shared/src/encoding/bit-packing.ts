/**
 * Fixed-width bit packing, least significant bit first, of non-negative integers below 2^53. Widths above 24 are
 * written as pieces of 24 bits, so that the accumulator stays a 32-bit integer. Plain loops: this is a hot path.
 */

/** Bits needed for `value`, a non-negative integer below 2^53. */
export function bitWidth(value: number): number {
  return value < 0x1_0000_0000 ? 32 - Math.clz32(value) : 64 - Math.clz32(Math.floor(value / 0x1_0000_0000));
}

export const packedBytes = (count: number, width: number): number => Math.ceil((count * width) / 8);

/** Packs `source[from … to)` minus `base`, over `gcd`, into `target` (of `packedBytes` length, any content). */
export function packBits(
  source: Float64Array,
  from: number,
  to: number,
  base: number,
  gcd: number,
  width: number,
  target: Uint8Array,
): void {
  if (width === 0) return;
  let bits = 0;
  let filled = 0;
  let at = 0;
  for (let i = from; i < to; i++) {
    let value = (source[i] as number) / gcd - base;
    let left = width;
    while (left > 24) {
      bits |= (value % 0x100_0000) << filled;
      value = Math.floor(value / 0x100_0000);
      filled += 24;
      left -= 24;
      while (filled >= 8) {
        target[at++] = bits & 255;
        bits >>>= 8;
        filled -= 8;
      }
    }
    bits |= value << filled;
    filled += left;
    while (filled >= 8) {
      target[at++] = bits & 255;
      bits >>>= 8;
      filled -= 8;
    }
  }
  if (filled > 0) target[at] = bits & 255;
}

/** The inverse of `packBits`: writes `(packed + base) * gcd` to `target[from … to)`. */
export function unpackBits(
  packed: Uint8Array,
  base: number,
  gcd: number,
  width: number,
  target: Float64Array,
  from: number,
  to: number,
): void {
  if (width === 0) {
    target.fill(base * gcd, from, to);
    return;
  }
  let bits = 0;
  let filled = 0;
  let at = 0;
  for (let i = from; i < to; i++) {
    let value = 0;
    let scale = 1;
    let left = width;
    while (left > 0) {
      const piece = left > 24 ? 24 : left;
      while (filled < piece) {
        bits |= (packed[at++] as number) << filled;
        filled += 8;
      }
      value += (bits & ((1 << piece) - 1)) * scale;
      bits >>>= piece;
      filled -= piece;
      scale *= 0x100_0000;
      left -= piece;
    }
    target[i] = (value + base) * gcd;
  }
}
