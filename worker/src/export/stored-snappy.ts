const PIECE = 65_536;

/** Snappy's block format (format_description.txt of google/snappy) with literals alone: what must be Snappy, at no cost of CPU. */
export function storedSnappy(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(5 + bytes.length + 3 * Math.ceil(bytes.length / PIECE));
  let at = 0;
  let length = bytes.length;
  for (; length > 127; length = Math.floor(length / 128)) out[at++] = (length & 127) | 128;
  out[at++] = length;
  for (let from = 0; from < bytes.length; from += PIECE) {
    const piece = bytes.subarray(from, from + PIECE);
    // 61: the length less one follows in two bytes.
    out[at++] = 61 << 2;
    out[at++] = (piece.length - 1) & 255;
    out[at++] = (piece.length - 1) >> 8;
    out.set(piece, at);
    at += piece.length;
  }
  return out.slice(0, at);
}
