/** Every message is {type u8, crc32c u32, body}; the checksum covers the type and the body. */
import { ByteReader } from "../encoding/byte-reader.ts";
import { ByteWriter } from "../encoding/byte-writer.ts";
import { crc32c } from "../encoding/crc32c.ts";
import { WireError } from "./wire-error.ts";

export const HELLO = 1;
export const WELCOME = 2;
export const FRAME = 3;
export const ACK = 4;
export const ERROR = 5;

const CRC_OFFSET = 1;
const BODY_OFFSET = 5;

const checksum = (bytes: Uint8Array): number => crc32c(bytes, BODY_OFFSET, bytes.length, crc32c(bytes, 0, CRC_OFFSET));

export function openEnvelope(type: number, capacity: number): ByteWriter {
  const writer = new ByteWriter(capacity);
  writer.u8(type);
  writer.u32(0);
  return writer;
}

export function sealEnvelope(writer: ByteWriter): Uint8Array<ArrayBuffer> {
  writer.setU32(CRC_OFFSET, checksum(writer.view()));
  return writer.copy();
}

/** A reader at the body. Throws WireError `checksum_mismatch`, RangeError when not even the head is there. */
export function readEnvelope(bytes: Uint8Array): { type: number; reader: ByteReader } {
  const reader = new ByteReader(bytes);
  const type = reader.u8();
  const expected = reader.u32();
  const actual = checksum(bytes);
  if (actual !== expected)
    throw new WireError(
      "checksum_mismatch",
      `CRC-32C is ${actual.toString(16)}, the message says ${expected.toString(16)}; it was damaged or cut on its way, send it again`,
    );
  return { type, reader };
}
