import fc from "fast-check";
import { expect, it } from "vitest";
import { TextCache } from "../../worker/src/ingest/text-cache.ts";

it("texts that came before are the same as decoded anew, and bytes that are not UTF-8 are refused each time", () => {
  const cache = new TextCache();
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const text = fc
    .oneof(fc.string({ unit: "binary", maxLength: 60 }), fc.constantFrom("", "up", "job", "\ufeffx"))
    .map((value) => new TextEncoder().encode(value));
  const bytes = fc.array(fc.oneof({ weight: 4, arbitrary: text }, { weight: 1, arbitrary: fc.uint8Array({ maxLength: 3 }) }), {
    maxLength: 30,
  });
  const decoded = (read: () => string): string | null => {
    try {
      return read();
    } catch {
      return null;
    }
  };
  fc.assert(
    fc.property(bytes, (parts) => {
      for (const part of [...parts, ...parts]) {
        expect(decoded(() => cache.read(part, 0, part.length))).toBe(decoded(() => decoder.decode(part)));
      }
    }),
  );
});
