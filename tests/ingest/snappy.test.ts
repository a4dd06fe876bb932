import fc from "fast-check";
import { compress } from "snappyjs";
import { describe, expect, it } from "vitest";
import { decompressSnappy } from "../../worker/src/ingest/snappy.ts";
import { mulberry32 } from "../support/reference-load.ts";
import { concat, varint } from "./protobuf-writer.ts";
import { snappyBlock } from "./snappy-writer.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const literal = (text: string) => concat(Uint8Array.of((text.length - 1) << 2), bytes(text));
const text = (body: Uint8Array, cap = 1_000) => {
  const result = decompressSnappy(body, cap);
  return result.ok ? new TextDecoder().decode(result.value) : result.error;
};

describe("Snappy blocks", () => {
  it("give literals as they are", () => {
    expect(text(concat(varint(5), literal("hello")))).toBe("hello");
  });

  it("take literals whose length needs bytes of its own", () => {
    const long = "x".repeat(300);
    expect(text(concat(varint(300), Uint8Array.of(61 << 2, 299 & 0xff, 299 >> 8), bytes(long)))).toBe(long);
  });

  it("repeat runs by copies that overlap themselves", () => {
    expect(text(concat(varint(8), literal("ab"), Uint8Array.of(((6 - 4) << 2) | 1, 2)))).toBe("abababab");
  });

  it("copy from two- and four-byte offsets", () => {
    expect(text(concat(varint(6), literal("abc"), Uint8Array.of((2 << 2) | 2, 3, 0)))).toBe("abcabc");
    expect(text(concat(varint(6), literal("abc"), Uint8Array.of((2 << 2) | 3, 3, 0, 0, 0)))).toBe("abcabc");
  });

  it("are refused before anything is allocated when they announce more than the cap", () => {
    expect(text(concat(varint(4_000_000_000), literal("a")))).toMatchObject({
      code: "too_large",
      message: expect.stringMatching(/4000000000 bytes.*at most 1000/),
    });
  });

  it.each([
    ["a literal past the end", concat(varint(5), Uint8Array.of(4 << 2, 65))],
    ["a copy from before the beginning", concat(varint(8), literal("ab"), Uint8Array.of(1, 3))],
    ["a copy of nothing", concat(varint(8), literal("ab"), Uint8Array.of(1, 0))],
    ["less than announced", concat(varint(9), literal("ab"))],
    ["a length that never ends", Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0xff, 0xff)],
    ["nothing at all", new Uint8Array(0)],
  ])("are refused with a code when they hold %s", (_, body) => {
    expect(text(body)).toMatchObject({ code: "corrupt_snappy" });
  });

  it("give back what was written with any choice of elements, and what another library compresses", () => {
    const texts = fc.array(fc.constantFrom("a", "ab", "abcdefgh", "0123456789abcdefghij", "x".repeat(90)), { maxLength: 60 });
    fc.assert(
      fc.property(texts, fc.integer(), (parts, seed) => {
        const plain = bytes(parts.join(""));
        const random = mulberry32(seed);
        for (const body of [snappyBlock(plain, (n) => Math.floor(random() * n)), compress(plain)]) {
          const result = decompressSnappy(body, 10_000);
          expect(result.ok && result.value).toEqual(plain);
        }
      }),
    );
  });

  it("answer any bytes with text or a refusal", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (body) => {
        const result = decompressSnappy(body, 1_000);
        if (result.ok) expect(result.value.length).toBeLessThanOrEqual(1_000);
      }),
      { numRuns: 5_000 },
    );
  });
});
