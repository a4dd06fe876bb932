import { FrameEncoder } from "@sightline/shared/protocol/frame";
import { encodeMessages, splitMessages } from "@sightline/shared/protocol/message-stream";
import { type Message, decodeMessage, encodeMessage } from "@sightline/shared/protocol/messages";
import { judgeSequence } from "@sightline/shared/protocol/sequence";
import { negotiateVersion } from "@sightline/shared/protocol/version";
import { crc32c } from "@sightline/shared/encoding/crc32c";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

const messages: Message[] = [
  { type: "hello", versions: [1, 2], sender: "agent-7f", epoch: "018f", capabilities: ["zstd"] },
  { type: "welcome", version: 1, durableSeq: 2 ** 40, archivedSeq: 12, maxFrameBytes: 4_194_304, window: 64 },
  { type: "ack", epoch: "018f", durableSeq: 42, archivedSeq: 40, window: 8, rejected: { series_limit: 3, out_of_order: 1 } },
  { type: "error", code: "unknown_ref", message: "the dictionary is gone; send HELLO again", retryAfterMs: 1500, seq: 43 },
];

describe("messages", () => {
  test("come out as they went in", () => {
    for (const message of messages) expect(decodeMessage(encodeMessage(message))).toEqual({ ok: true, value: message });
  });

  test("a frame is passed on undecoded", () => {
    const bytes = new FrameEncoder().encode("e", 1, { series: [] });
    expect(decodeMessage(bytes)).toEqual({ ok: true, value: { type: "frame", bytes } });
  });

  test("cut at any byte, or with any bit flipped, are refused as values", () => {
    for (const message of messages) {
      const bytes = encodeMessage(message);
      for (let length = 0; length < bytes.length; length++) expect(decodeMessage(bytes.subarray(0, length)).ok).toBe(false);
      for (let bit = 0; bit < bytes.length * 8; bit++) {
        const damaged = bytes.slice();
        damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        const decoded = decodeMessage(damaged);
        // A flip that turns the type into FRAME leaves the verdict to FrameDecoder, which checks the same checksum.
        expect(decoded.ok ? decoded.value.type : "refused").toMatch(/refused|frame/);
      }
    }
  });

  test("garbage is refused as a value", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        const decoded = decodeMessage(bytes);
        expect(decoded.ok ? decoded.value.type : decoded.error.code).toMatch(/frame|truncated|checksum_mismatch|malformed/);
      }),
      { numRuns: 1000 },
    );
  });

  test("a later version's extra fields at the end are skipped by today's reader", () => {
    const bytes = encodeMessage(messages[1] as Message);
    const longer = new Uint8Array([...bytes, 1, 2, 3]);
    new DataView(longer.buffer).setUint32(1, crc32c(longer, 5, longer.length, crc32c(longer, 0, 1)), true);
    expect(decodeMessage(longer)).toEqual({ ok: true, value: messages[1] });
  });

  test("one above four megabytes is refused before it is looked at", () => {
    const decoded = decodeMessage(new Uint8Array(4 * 1024 * 1024 + 1));
    expect(decoded.ok ? null : decoded.error.code).toBe("too_large");
  });

  test("travel over HTTP one behind the other, and a cut stream is refused", () => {
    const parts = messages.map(encodeMessage);
    const stream = encodeMessages(parts);
    const split = splitMessages(stream);
    expect(split.ok && split.value.map((part) => decodeMessage(part))).toEqual(messages.map((value) => ({ ok: true, value })));
    expect(splitMessages(new Uint8Array())).toEqual({ ok: true, value: [] });
    const cut = splitMessages(stream.subarray(0, stream.length - 1));
    expect(cut.ok ? null : cut.error.code).toBe("truncated");
    const huge = splitMessages(Uint8Array.of(255, 255, 255, 255));
    expect(huge.ok ? null : huge.error.code).toBe("too_large");
  });

  test("the checksum is CRC-32C: the check value of RFC 3720's catalogue", () => {
    const digits = Uint8Array.from("123456789", (digit) => digit.charCodeAt(0));
    expect(crc32c(digits)).toBe(0xe3069283);
    expect(crc32c(digits, 4, 9, crc32c(digits, 0, 4))).toBe(0xe3069283);
    expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
  });
});

describe("versions", () => {
  test("the highest both sides speak wins, older sender or older server", () => {
    expect(negotiateVersion([1], [1, 2, 3])).toEqual({ ok: true, value: 1 });
    expect(negotiateVersion([3, 1, 2], [1, 2])).toEqual({ ok: true, value: 2 });
  });

  test("none in common is refused, naming what each side speaks", () => {
    const refused = negotiateVersion([8, 9], [1, 2]);
    expect(refused.ok ? null : refused.error).toMatchObject({ code: "unsupported_version", message: expect.stringMatching(/8, 9.*1, 2/) });
    expect(negotiateVersion([], [1]).ok).toBe(false);
  });
});

describe("sequence of frames", () => {
  const state = { epoch: "a", durableSeq: 10 };
  test("the next one is appended", () => expect(judgeSequence(state, "a", 11, 1)).toBe("append"));
  test("one sent twice is a duplicate", () => {
    expect(judgeSequence(state, "a", 10, 1)).toBe("duplicate");
    expect(judgeSequence(state, "a", 1, 1)).toBe("duplicate");
  });
  test("one that overtook another is a gap until the missing one came", () => {
    expect(judgeSequence(state, "a", 12, 1)).toBe("gap");
    expect(judgeSequence({ epoch: "a", durableSeq: 11 }, "a", 12, 1)).toBe("append");
  });
  test("a hole the sender can no longer fill is passed over", () => expect(judgeSequence(state, "a", 20, 20)).toBe("append"));
  test("a new epoch starts at its oldest frame and nowhere else", () => {
    expect(judgeSequence(state, "b", 1, 1)).toBe("new_epoch");
    expect(judgeSequence(null, "b", 5, 5)).toBe("new_epoch");
    expect(judgeSequence(null, "b", 2, 1)).toBe("gap");
  });
  test("however frames are repeated and reordered, each is taken once and in order", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 8 }), { maxLength: 60 }), (arrivals) => {
        let durable = { epoch: "", durableSeq: 0 };
        const taken: number[] = [];
        for (const seq of arrivals) {
          const verdict = judgeSequence(durable, "a", seq, 1);
          if (verdict === "append" || verdict === "new_epoch") {
            taken.push(seq);
            durable = { epoch: "a", durableSeq: seq };
          }
        }
        expect(taken).toEqual(taken.map((_, i) => i + 1));
      }),
    );
  });
});
