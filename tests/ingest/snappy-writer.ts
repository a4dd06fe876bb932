import { varint } from "./protobuf-writer.ts";

/**
 * A Snappy block of `bytes` that uses every kind of element: `choose(n)` picks among n, so that the same choices give the
 * same block. Literals with their length in the tag or in 1 to 4 bytes, copies of all three kinds, overlapping or not.
 */
export function snappyBlock(bytes: Uint8Array, choose: (n: number) => number): Uint8Array {
  const parts: Uint8Array[] = [varint(bytes.length)];
  let at = 0;
  while (at < bytes.length) {
    const offset = at === 0 ? 0 : 1 + choose(Math.min(at, choose(4) === 0 ? 70_000 : 40));
    let match = 0;
    if (offset > 0) while (match < 64 && at + match < bytes.length && bytes[at + match] === bytes[at + match - offset]) match++;
    const size = match === 0 ? 0 : 1 + choose(match);
    if (size >= 4 && size <= 11 && offset < 2048 && choose(2) === 0) {
      parts.push(Uint8Array.of(((offset >> 8) << 5) | ((size - 4) << 2) | 1, offset & 0xff));
      at += size;
    } else if (size > 0 && offset < 65_536 && choose(2) === 0) {
      parts.push(Uint8Array.of(((size - 1) << 2) | 2, offset & 0xff, offset >> 8));
      at += size;
    } else if (size > 0) {
      parts.push(Uint8Array.of(((size - 1) << 2) | 3, offset & 0xff, (offset >> 8) & 0xff, offset >> 16, 0));
      at += size;
    } else {
      const rest = Math.min(bytes.length - at, 1 + choose(choose(3) === 0 ? 300 : 70));
      parts.push(literalTag(rest, choose), bytes.subarray(at, at + rest));
      at += rest;
    }
  }
  return joined(parts);
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** In as few bytes as it can, or in more. */
function literalTag(size: number, choose: (n: number) => number): Uint8Array {
  const last = size - 1;
  if (last < 60 && choose(4) > 0) return Uint8Array.of(last << 2);
  const width = Math.max(last < 256 ? 1 : 2, 1 + choose(4));
  return Uint8Array.of((59 + width) << 2, ...Array.from({ length: width }, (_, i) => (i < 4 ? (last >>> (8 * i)) & 0xff : 0)));
}
