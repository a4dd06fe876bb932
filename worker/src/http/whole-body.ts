/** An answer of pieces that were made one after the other. */
export function wholeBody(pieces: readonly Uint8Array[], contentType: string): Response {
  const body = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    body.set(piece, at);
    at += piece.length;
  }
  return new Response(body, { headers: { "content-type": contentType } });
}
