/**
 * Every blob that is persisted: magic u8 (what it is), version u8, CRC32C u32 of the rest, then the body.
 * SQLite drops a corrupt tail in silence, so damage must be seen here.
 */
import { crc32c } from "@sightline/shared/encoding/crc32c";
import type { Result } from "@sightline/shared/model/result";
import { fail, ok } from "@sightline/shared/model/result";

export const SEAL_BYTES = 6;

const BLOB_KINDS = { wal: 0x57, block: 0x42, series: 0x53, snapshot: 0x4e, run: 0x52, label: 0x4c, exemplars: 0x45 } as const;
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

/** The body and its version; failures `damaged_blob` and `newer_blob` (written by a later version of the product). */
export function unseal(kind: BlobKind, newest: number, blob: Uint8Array): Result<{ readonly version: number; readonly body: Uint8Array }> {
  if (blob.length < SEAL_BYTES || blob[0] !== BLOB_KINDS[kind]) return fail("damaged_blob", `not a ${kind} blob`);
  const view = new DataView(blob.buffer, blob.byteOffset, blob.byteLength);
  const version = view.getUint8(1);
  const body = blob.subarray(SEAL_BYTES);
  if (view.getUint32(2, true) !== crc32c(body)) return fail("damaged_blob", `the checksum of a ${kind} blob does not match`);
  if (version === 0 || version > newest)
    return fail("newer_blob", `a ${kind} blob of version ${version}; this build reads up to ${newest}`);
  return ok({ version, body });
}
