import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { gzipAnswer } from "../../worker/src/http/gzip-answer.ts";
import { GzipPieces } from "../../worker/src/http/gzip-pieces.ts";
import { wholeAnswer } from "../../worker/src/http/whole-answer.ts";

test("pieces that were packed one by one are one gzip stream", () => {
  for (const lengths of [[], [0], [1], [5, 0, 70_000], [65_536, 65_536, 3]]) {
    const pieces = lengths.map((length, at) => Uint8Array.from({ length }, (_, i) => (i * 7 + at) % 251));
    const gzip = new GzipPieces();
    const packed = Buffer.concat([...pieces.map((piece) => gzip.pack(piece)), gzip.end()]);
    expect(gunzipSync(packed).equals(Buffer.concat(pieces))).toBe(true);
  }
});

test("others go first while a long answer is packed, more than once a megabyte", async () => {
  const body = new TextEncoder().encode("0.123456789,".repeat(400_000)).buffer;
  let pauses = 0;
  const pieces = await wholeAnswer(async () => [new Uint8Array(body)]);
  const answer = gzipAnswer("gzip", pieces, "application/json", {}, () => {
    pauses++;
    return Promise.resolve();
  });
  expect(gunzipSync(await answer.arrayBuffer()).equals(Buffer.from(body))).toBe(true);
  expect(pauses).toBeGreaterThan(body.byteLength / 1_048_576);
});
