import { type Result, fail, ok } from "../model/result.ts";

/** Thrown inside decoders only; `decoding` turns it into a Result at their border. */
export class WireError extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/**
 * Runs a decoder over untrusted bytes: `truncated` when the bytes end early, `malformed` when text is not UTF-8, or the
 * WireError's own code. Any other exception is a bug and passes through.
 */
export function decoding<T>(what: string, decode: () => T): Result<T> {
  try {
    return ok(decode());
  } catch (error) {
    if (error instanceof WireError) return fail(error.code, `${what}: ${error.message}`);
    if (error instanceof RangeError)
      return fail("truncated", `${what} ends early or counts more than it holds: ${error.message}; send it again whole`);
    if (error instanceof TypeError) return fail("malformed", `${what} holds text that is not UTF-8: ${error.message}`);
    throw error;
  }
}
