import { gunzipSync } from "node:zlib";
import { type Result, fail, ok } from "@sightline/shared/model/result";

/**
 * Untrusted compressed input. Never DecompressionStream: it has no bound on what comes out.
 * Codes: `too_large`, `malformed`.
 */
export interface Decompressor {
  gunzip(bytes: Uint8Array, maxOutputBytes: number): Result<Uint8Array>;
}

export const nodeDecompressor: Decompressor = {
  gunzip(bytes, maxOutputBytes) {
    try {
      return ok(gunzipSync(bytes, { maxOutputLength: maxOutputBytes }));
    } catch (error) {
      // A passed limit is a RangeError without a code; everything else is broken gzip.
      if (error instanceof RangeError) {
        return fail(
          "too_large",
          `The gzip body expands beyond ${maxOutputBytes / 1_048_576} MB, which is the most we unpack. Nothing was kept; send smaller requests.`,
        );
      }
      return fail("malformed", "The body is announced as gzip but is not valid gzip. Nothing was kept.");
    }
  },
};
