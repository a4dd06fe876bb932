import { gzipSync } from "node:zlib";
import { Pace, SHARE_NS } from "@sightline/shared/promql/evaluation/pace";
import { GzipPieces } from "./gzip-pieces.ts";
import { letOthersIn } from "./let-others-in.ts";

/** Smaller bodies arrive in one burst of a connection, and to unpack them takes longer than the bytes that are spared. */
const WORTH_IT = 20_000;
/** Larger ones are packed piece by piece, so that others get their turn. */
const AT_ONCE = 262_144;
const PIECE = 65_536;
/** To pack a byte. */
const BYTE_NS = 15;

/** Whether an Accept-Encoding names gzip and does not refuse it (RFC 9110, 12.5.3: a weight of 0). */
export const takesGzip = (acceptEncoding: string | null | undefined): boolean =>
  /(?:^|,)\s*(?:x-)?gzip\s*(?:;\s*q=(?!0(?:\.0*)?\s*(?:,|$))[^,]*)?(?:,|$)/i.test(acceptEncoding ?? "");

/** A body, packed where the client takes gzip: at the lowest level, for these are numbers and time is dearer than bytes. */
export function gzipAnswer(
  acceptEncoding: string | null | undefined,
  body: ArrayBuffer,
  contentType: string,
  more: Readonly<Record<string, string>> = {},
  pause: () => Promise<void> = letOthersIn,
): Response {
  const plain = { ...more, "content-type": contentType, vary: "accept-encoding" };
  if (body.byteLength < WORTH_IT || !takesGzip(acceptEncoding)) return new Response(body, { headers: plain });
  const headers = { ...plain, "content-encoding": "gzip" };
  if (body.byteLength > AT_ONCE) return new Response(packed(piecesOf(body), pause), { headers, encodeBody: "manual" });
  return new Response(gzipSync(new Uint8Array(body), { level: 1 }), { headers, encodeBody: "manual" });
}

/** The pieces as one gzip stream, at the pace of the reader; `pause` lets others go first. */
export function packed(pieces: AsyncIterator<Uint8Array>, pause: () => Promise<void>): ReadableStream<Uint8Array> {
  const gzip = new GzipPieces();
  const pace = new Pace(SHARE_NS, SHARE_NS);
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await pieces.next();
        controller.enqueue(done === true ? gzip.end() : gzip.pack(value));
        if (done === true) controller.close();
        else if (pace.spend(value.length * BYTE_NS)) await pause();
      },
      async cancel() {
        await pieces.return?.(undefined);
      },
    },
    { highWaterMark: 0 },
  );
}

async function* piecesOf(body: ArrayBuffer): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < body.byteLength; at += PIECE) yield new Uint8Array(body, at, Math.min(PIECE, body.byteLength - at));
}
