const PIECE = 65_536;

/** Snappy's block format (format_description.txt of google/snappy) with literals alone: what must be Snappy, at no cost of CPU. */
export function* storedSnappyPieces(pieces: Iterable<Uint8Array>, length: number): Generator<Uint8Array<ArrayBuffer>> {
  const preamble: number[] = [];
  let rest = length;
  for (; rest > 127; rest = Math.floor(rest / 128)) preamble.push((rest & 127) | 128);
  preamble.push(rest);
  yield Uint8Array.from(preamble);
  for (const whole of pieces)
    for (let from = 0; from < whole.length; from += PIECE) {
      const piece = whole.subarray(from, from + PIECE);
      const out = new Uint8Array(3 + piece.length);
      // 61: the length less one follows in two bytes.
      out[0] = 61 << 2;
      out[1] = (piece.length - 1) & 255;
      out[2] = (piece.length - 1) >> 8;
      out.set(piece, 3);
      yield out;
    }
}

/** The same in one. */
export function storedSnappy(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const pieces = [...storedSnappyPieces([bytes], bytes.length)];
  const out = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    out.set(piece, at);
    at += piece.length;
  }
  return out;
}
