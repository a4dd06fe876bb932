/**
 * Every blob that is persisted: magic u8 (what it is), version u8, CRC32C u32 of the rest, then the body.
 * SQLite drops a corrupt tail in silence, so damage must be seen here.
 */
import { crc32c, flippedBit } from "@sightline/shared/encoding/crc32c";
import type { Result } from "@sightline/shared/model/result";
import { fail, ok } from "@sightline/shared/model/result";

export const SEAL_BYTES = 6;

const BLOB_KINDS = {
  wal: 0x57,
  block: 0x42,
  series: 0x53,
  snapshot: 0x4e,
  run: 0x52,
  label: 0x4c,
  exemplars: 0x45,
  forecast: 0x46,
} as const;
export type BlobKind = keyof typeof BLOB_KINDS;

/** `body` starts with SEAL_BYTES of room, which this fills in place. */
function sealInPlace(kind: BlobKind, version: number, body: Uint8Array): void {
  writeSeal(kind, version, body, crc32c(body, SEAL_BYTES));
}

/** The seal alone, where the checksum of what follows it is known. */
export function writeSeal(kind: BlobKind, version: number, blob: Uint8Array, crc: number): void {
  const view = new DataView(blob.buffer, blob.byteOffset, blob.byteLength);
  view.setUint8(0, BLOB_KINDS[kind]);
  view.setUint8(1, version);
  view.setUint32(2, crc, true);
}

export const storedCrc = (blob: Uint8Array): number => new DataView(blob.buffer, blob.byteOffset, blob.byteLength).getUint32(2, true);

export function seal(kind: BlobKind, version: number, body: Uint8Array): Uint8Array<ArrayBuffer> {
  const sealed = new Uint8Array(SEAL_BYTES + body.length);
  sealed.set(body, SEAL_BYTES);
  sealInPlace(kind, version, sealed);
  return sealed;
}

export interface Unsealed {
  readonly version: number;
  readonly body: Uint8Array;
  /** The whole blob as it was sealed, where it differed from it by one flipped bit; null where it is as it was. */
  readonly mended: Uint8Array | null;
}

/** One flipped bit is turned back. Failures `damaged_blob` and `newer_blob` (written by a later version of the product). */
export function unseal(kind: BlobKind, newest: number, blob: Uint8Array): Result<Unsealed> {
  if (blob.length < SEAL_BYTES) return fail("damaged_blob", `too short for a ${kind} blob`);
  const crc = crc32c(blob, SEAL_BYTES);
  const sound = blob[0] === BLOB_KINDS[kind] && storedCrc(blob) === crc;
  const whole = sound ? blob : withBitTurnedBack(kind, blob, crc);
  if (whole === null)
    return fail("damaged_blob", blob[0] === BLOB_KINDS[kind] ? `the checksum of a ${kind} blob does not match` : `not a ${kind} blob`);
  const version = whole[1] ?? 0;
  if (version === 0 || version > newest)
    return fail("newer_blob", `a ${kind} blob of version ${version}; this build reads up to ${newest}`);
  return ok({ version, body: whole.subarray(SEAL_BYTES), mended: sound ? null : whole });
}

/** Where one bit of kind, checksum or body was flipped: the blob as it was. `crc`: of the body as it is. */
function withBitTurnedBack(kind: BlobKind, blob: Uint8Array, crc: number): Uint8Array | null {
  const difference = storedCrc(blob) ^ crc;
  const kinds = (blob[0] ?? 0) ^ BLOB_KINDS[kind];
  if (kinds !== 0 && (difference !== 0 || !oneBit(kinds))) return null;
  const whole = Uint8Array.from(blob);
  if (kinds !== 0) whole[0] = BLOB_KINDS[kind];
  else if (oneBit(difference)) writeSeal(kind, whole[1] ?? 0, whole, crc);
  else {
    const bit = flippedBit(blob.length - SEAL_BYTES, difference);
    if (bit === null) return null;
    const at = SEAL_BYTES + (bit >> 3);
    whole[at] = (whole[at] ?? 0) ^ (1 << (bit & 7));
  }
  return whole;
}

const oneBit = (bits: number): boolean => bits !== 0 && (bits & (bits - 1)) === 0;
