const CHUNK = 65_536;

/** Snappy's block format with literals alone: valid, uncompressed, and no work for the sender. */
export function stored(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(5 + bytes.length + 3 * Math.ceil(bytes.length / CHUNK));
  let offset = 0;
  let length = bytes.length;
  while (length > 127) {
    out[offset++] = (length & 127) | 128;
    length >>>= 7;
  }
  out[offset++] = length;
  for (let from = 0; from < bytes.length; from += CHUNK) {
    const part = bytes.subarray(from, from + CHUNK);
    // 61: the length follows in two bytes.
    out[offset++] = 61 << 2;
    out[offset++] = (part.length - 1) & 255;
    out[offset++] = (part.length - 1) >> 8;
    out.set(part, offset);
    offset += part.length;
  }
  return out.slice(0, offset);
}
