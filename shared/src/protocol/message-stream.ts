import { ByteReader } from "../encoding/byte-reader.ts";
import { ByteWriter } from "../encoding/byte-writer.ts";
import type { Result } from "../model/result.ts";
import { MAX_FRAME_BYTES } from "./limits.ts";
import { WireError, decoding } from "./wire-error.ts";

/** The HTTP form: messages one after another, each behind its length as u32. HELLO comes first in a request, WELCOME or ERROR in an answer. */
export function encodeMessages(messages: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const writer = new ByteWriter(messages.reduce((sum, message) => sum + message.length + 4, 0));
  for (const message of messages) {
    writer.u32(message.length);
    writer.bytes(message);
  }
  return writer.copy();
}

/** Views into `bytes`, not copies. Errors: `too_large`, `truncated`. */
export function splitMessages(bytes: Uint8Array): Result<Uint8Array[]> {
  return decoding("message stream", () => {
    const reader = new ByteReader(bytes);
    const messages: Uint8Array[] = [];
    while (reader.remaining > 0) {
      const length = reader.u32();
      if (length > MAX_FRAME_BYTES)
        throw new WireError("too_large", `a message of ${length} bytes, at most ${MAX_FRAME_BYTES}; split the batch`);
      messages.push(reader.bytes(length));
    }
    return messages;
  });
}
