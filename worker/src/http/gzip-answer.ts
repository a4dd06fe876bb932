import { gzipSync } from "node:zlib";

/** Smaller bodies arrive in one burst of a connection, and to unpack them takes longer than the bytes that are spared. */
const WORTH_IT = 20_000;
/** Larger ones are packed piece by piece, so that others get their turn. */
const AT_ONCE = 1_048_576;

/** Whether an Accept-Encoding names gzip and does not refuse it (RFC 9110, 12.5.3: a weight of 0). */
export const takesGzip = (acceptEncoding: string | null | undefined): boolean =>
  /(?:^|,)\s*(?:x-)?gzip\s*(?:;\s*q=(?!0(?:\.0*)?\s*(?:,|$))[^,]*)?(?:,|$)/i.test(acceptEncoding ?? "");

/** A body, packed where the client takes gzip: at the lowest level, for these are numbers and time is dearer than bytes. */
export function gzipAnswer(acceptEncoding: string | null | undefined, body: ArrayBuffer, contentType: string): Response {
  const headers = new Headers({ "content-type": contentType, vary: "accept-encoding" });
  if (body.byteLength < WORTH_IT || !takesGzip(acceptEncoding)) return new Response(body, { headers });
  headers.set("content-encoding", "gzip");
  const plain = new Response(body).body;
  if (body.byteLength > AT_ONCE && plain !== null)
    return new Response(plain.pipeThrough(new CompressionStream("gzip")), { headers, encodeBody: "manual" });
  return new Response(gzipSync(new Uint8Array(body), { level: 1 }), { headers, encodeBody: "manual" });
}
