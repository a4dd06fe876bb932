import { crc32c, flippedBit } from "@sightline/shared/encoding/crc32c";
import { expect, test } from "vitest";

/** Bit by bit, as the polynomial says. */
function plain(bytes: Uint8Array): number {
  let crc = -1;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  }
  return ~crc >>> 0;
}

test("checksums are those that RFC 3720 gives in its appendix", () => {
  expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
  expect(crc32c(new Uint8Array(32).fill(255))).toBe(0x62a8ab43);
  expect(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i))).toBe(0x46dd794e);
  expect(crc32c(Uint8Array.from({ length: 32 }, (_, i) => 31 - i))).toBe(0x113fdb5c);
  expect(crc32c(new TextEncoder().encode("123456789"))).toBe(0xe3069283);
});

test("a checksum is the same whatever the length, wherever its bytes begin and in however many pieces they come", () => {
  const bytes = Uint8Array.from({ length: 5000 }, (_, i) => (i * i * 31 + (i >>> 3)) & 255);
  for (const length of [0, 1, 7, 8, 9, 1023, 1024, 1025, 1031, 1032, 2047, 2048, 2056, 4999]) {
    const whole = plain(bytes.subarray(0, length));
    expect(crc32c(bytes, 0, length)).toBe(whole);
    const shifted = new Uint8Array(length + 3);
    shifted.set(bytes.subarray(0, length), 3);
    expect(crc32c(shifted, 3)).toBe(whole);
    const cut = length >> 1;
    expect(crc32c(bytes, cut, length, crc32c(bytes, 0, cut))).toBe(whole);
  }
});

test("the one bit that was flipped is found by what it does to the checksum, and none where two were", () => {
  const bytes = Uint8Array.from({ length: 300 }, (_, i) => (i * 31) & 255);
  const sound = crc32c(bytes);
  const after = (...bits: readonly number[]): number => {
    const copy = Uint8Array.from(bytes);
    for (const bit of bits) copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    return crc32c(copy) ^ sound;
  };
  for (let bit = 0; bit < bytes.length * 8; bit++) expect(flippedBit(bytes.length, after(bit))).toBe(bit);
  for (let bit = 1; bit < bytes.length * 8; bit += 11) expect(flippedBit(bytes.length, after(0, bit))).toBeNull();
  expect(flippedBit(0, 1)).toBeNull();
});
