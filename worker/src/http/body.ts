import { invalidUtf8 } from "@sightline/shared/encoding/utf8";
import { type Decompressor, nodeDecompressor } from "./decompressor.ts";
import { HttpFailure, unwrap } from "./http-failure.ts";

const MAX_BODY_BYTES = 8 * 1_048_576;
export const MAX_UNPACKED_BYTES = 32 * 1_048_576;
const MAX_DISCARDED_BYTES = 256 * 1_048_576;
const MAX_DISCARDED_WHOLE = 262_144;
/** Held at once for being forgotten, bytes. */
const MAX_DISCARDING = 16 * 1_048_576;

function tooLarge(): HttpFailure {
  return new HttpFailure(
    "too_large",
    `The body is larger than ${MAX_BODY_BYTES / 1_048_576} MB, the most one request may carry. Nothing was kept; split it into smaller requests.`,
  );
}

/** Throws `too_large` for a body that says by itself that it is: room that frees would not make it fit, so it is told before anything that passes. */
export function refuseTooLarge(request: Request): void {
  if (Number(request.headers.get("content-length") ?? NaN) > MAX_BODY_BYTES) throw tooLarge();
}

/** The body as sent, at most 8 MB, else `too_large`. Counts while it reads where no length is announced. */
export async function readCapped(request: Request): Promise<Uint8Array> {
  refuseTooLarge(request);
  const announced = Number(request.headers.get("content-length") ?? NaN);
  // HTTP ends such a body where it was announced to end: it needs no counting, and no second copy.
  if (announced >= 0) {
    const body = await request.arrayBuffer();
    if (body.byteLength > MAX_BODY_BYTES) throw tooLarge();
    return new Uint8Array(body);
  }
  if (request.body === null) return new Uint8Array(0);
  const parts: Uint8Array[] = [];
  let length = 0;
  const reader: ReadableStreamDefaultReader<Uint8Array> = request.body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    length += value.byteLength;
    if (length > MAX_BODY_BYTES) {
      reader.releaseLock();
      throw tooLarge();
    }
    parts.push(value);
  }
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) return only;
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.byteLength;
  }
  return whole;
}

let discarding = 0;

/**
 * Reads on what a refused sender is still sending, and forgets it: a connection closed under a sender that writes reaches
 * it as a broken pipe, and the answer with the reason never does. At most 256 MB; a longer one is cut off. A body of usual size is
 * taken in one piece, for the pieces of 4 kB that a stream brings cost more than all else of a refusal.
 */
export async function discardBody(request: Request): Promise<void> {
  if (request.body === null || request.body.locked) return;
  const announced = Number(request.headers.get("content-length") ?? NaN);
  if (announced <= MAX_DISCARDED_WHOLE && discarding + announced <= MAX_DISCARDING) {
    discarding += announced;
    try {
      await request.arrayBuffer();
    } finally {
      discarding -= announced;
    }
    return;
  }
  const reader: ReadableStreamDefaultReader<Uint8Array> = request.body.getReader();
  for (let length = 0; length < MAX_DISCARDED_BYTES;) {
    const { done, value } = await reader.read();
    if (done) return;
    length += value.byteLength;
  }
  await reader.cancel("too large");
}

/**
 * Bodies up to here workerd's HTTP server reads on by itself after an answer (KJ, `canceledUploadGraceBytes`: 64 kB), and then closes the
 * connection: a half to a quarter of what it costs to have them read here, and no harm to a sender that waits before it comes again.
 */
const LEFT_TO_SERVER_BYTES = 60_000;

export const isLeftToServer = (request: Request): boolean => Number(request.headers.get("content-length") ?? NaN) <= LEFT_TO_SERVER_BYTES;

/** The body, unpacked: at most 8 MB as sent and 32 MB as gzip expands it. Throws `too_large`, `unsupported_encoding`, `malformed`. */
export async function readBody(request: Request, decompressor: Decompressor = nodeDecompressor): Promise<Uint8Array> {
  const encoding = (request.headers.get("content-encoding") ?? "identity").trim().toLowerCase();
  if (encoding !== "identity" && encoding !== "" && encoding !== "gzip") {
    throw new HttpFailure("unsupported_encoding", `Content-Encoding ${JSON.stringify(encoding)} is not supported here; send gzip or none.`);
  }
  const bytes = await readCapped(request);
  return encoding === "gzip" ? unwrap(decompressor.gunzip(bytes, MAX_UNPACKED_BYTES)) : bytes;
}

/** UTF-8 text of the body; bytes that are not UTF-8 are `malformed`. */
export async function readText(request: Request): Promise<string> {
  const bytes = await readBody(request);
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes);
  } catch {
    throw new HttpFailure("malformed", `The body is not valid UTF-8: ${invalidUtf8(bytes)}. Nothing was kept.`);
  }
}
