/** Where a label set falls in [0, 1): xxHash64 of its labels as Prometheus lays them out in memory (`labels_stringlabels.go`), over 2^64 - 1. */
import { encodeUtf8 } from "../../encoding/utf8.ts";
import type { Labels } from "../../model/labels.ts";
import { sortTexts } from "../../model/text-order.ts";

const P1 = 0x9e3779b185ebca87n;
const P2 = 0xc2b2ae3d27d4eb4fn;
const P3 = 0x165667b19e3779f9n;
const P4 = 0x85ebca77c2b2ae63n;
const P5 = 0x27d4eb2f165667c5n;
const MASK = 0xffff_ffff_ffff_ffffn;

const rotate = (x: bigint, by: bigint): bigint => ((x << by) | (x >> (64n - by))) & MASK;
const round = (lane: bigint, word: bigint): bigint => (rotate((lane + word * P2) & MASK, 31n) * P1) & MASK;

/** xxHash64 with seed 0 (Collet, xxhash.com). Not for hot paths. */
export function xxHash64(bytes: Uint8Array): bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  let hash: bigint;
  if (bytes.length >= 32) {
    const lanes = [(P1 + P2) & MASK, P2, 0n, (MASK + 1n - P1) & MASK];
    for (; at + 32 <= bytes.length; at += 32)
      for (let lane = 0; lane < 4; lane++) lanes[lane] = round(lanes[lane] ?? 0n, view.getBigUint64(at + 8 * lane, true));
    hash = lanes.reduce((sum, lane, i) => (sum + rotate(lane, [1n, 7n, 12n, 18n][i] ?? 0n)) & MASK, 0n);
    for (const lane of lanes) hash = ((hash ^ round(0n, lane)) * P1 + P4) & MASK;
  } else hash = P5;
  hash = (hash + BigInt(bytes.length)) & MASK;
  for (; at + 8 <= bytes.length; at += 8) hash = (rotate(hash ^ round(0n, view.getBigUint64(at, true)), 27n) * P1 + P4) & MASK;
  for (; at + 4 <= bytes.length; at += 4) hash = (rotate(hash ^ ((BigInt(view.getUint32(at, true)) * P1) & MASK), 23n) * P2 + P3) & MASK;
  for (; at < bytes.length; at++) hash = (rotate(hash ^ ((BigInt(bytes[at] ?? 0) * P5) & MASK), 11n) * P1) & MASK;
  hash = ((hash ^ (hash >> 33n)) * P2) & MASK;
  hash = ((hash ^ (hash >> 29n)) * P3) & MASK;
  return hash ^ (hash >> 32n);
}

/** Name and value in turn, sorted by name, each with its length before it: one byte, or 255 and three bytes, little end first. */
export function labelHash(labels: Labels): number {
  const bytes: number[] = [];
  for (const name of sortTexts(Object.keys(labels))) {
    for (const text of [name, labels[name] ?? ""]) {
      const utf8 = encodeUtf8(text);
      if (utf8.length < 255) bytes.push(utf8.length);
      else bytes.push(255, utf8.length & 255, (utf8.length >> 8) & 255, utf8.length >> 16);
      for (const byte of utf8) bytes.push(byte);
    }
  }
  return Number(xxHash64(Uint8Array.from(bytes))) / 2 ** 64;
}
