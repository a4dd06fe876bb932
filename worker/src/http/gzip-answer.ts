import { gzipSync } from "node:zlib";
import { Pace, SHARE_NS } from "@sightline/shared/promql/evaluation/pace";
import { GzipPieces } from "./gzip-pieces.ts";
import { letOthersIn } from "./let-others-in.ts";

/** Smaller bodies arrive in one burst of a connection, and to unpack them takes longer than the bytes that are spared. */
const WORTH_IT = 20_000;
/** To pack a byte. */
const BYTE_NS = 15;

/** Whether an Accept-Encoding names gzip and does not refuse it (RFC 9110, 12.5.3: a weight of 0). */
export const takesGzip = (acceptEncoding: string | null | undefined): boolean =>
  /(?:^|,)\s*(?:x-)?gzip\s*(?:;\s*q=(?!0(?:\.0*)?\s*(?:,|$))[^,]*)?(?:,|$)/i.test(acceptEncoding ?? "");

/** A body, packed where the client takes gzip: at the lowest level, for these are numbers and time is dearer than bytes. A stream is packed piece by piece, so that others get their turn. */
export function gzipAnswer(
  acceptEncoding: string | null | undefined,
  body: ArrayBuffer | ReadableStream<Uint8Array>,
  contentType: string,
  more: Readonly<Record<string, string>> = {},
  pause: () => Promise<void> = letOthersIn,
): Response {
  const plain = { ...more, "content-type": contentType, vary: "accept-encoding" };
  const isWhole = body instanceof ArrayBuffer;
  if ((isWhole && body.byteLength < WORTH_IT) || !takesGzip(acceptEncoding)) return new Response(body, { headers: plain });
  const packing = isWhole ? gzipSync(new Uint8Array(body), { level: 1 }) : packed(body.values(), pause);
  return new Response(packing, { headers: { ...plain, "content-encoding": "gzip" }, encodeBody: "manual" });
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
