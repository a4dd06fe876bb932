import { crc32c, flippedBit } from "@sightline/shared/encoding/crc32c";

/** A line break, which JSON as it is written here never holds, and the checksum in hexadecimal. */
const SUM = /\n([0-9a-f]{8})$/;

const sumOf = (bytes: Uint8Array, end: number): number => crc32c(bytes, 0, end);

/** A document as it is stored: JSON, and behind it the CRC-32C of its UTF-8. */
export function sealJson(document: unknown): string {
  const text = JSON.stringify(document);
  const bytes = new TextEncoder().encode(text);
  return `${text}\n${sumOf(bytes, bytes.length).toString(16).padStart(8, "0")}`;
}

/** What `sealJson` or, before migration 12, JSON.stringify wrote. Rows that are damaged were set aside when the project was opened. */
export const openJson = (stored: string): unknown => JSON.parse(stored.replace(SUM, ""));

/** `sound`: `text` is what was stored. `mended`: it is what was, before one bit was flipped. */
export interface CheckedJson {
  readonly state: "sound" | "mended" | "unsealed" | "damaged";
  readonly text: string;
}

const SUM_BYTES = 9;

/** Whether a stored document is as it was written. `unsealed` says nothing: it has no checksum. */
export function checkJson(stored: Uint8Array): CheckedJson {
  const text = new TextDecoder().decode(stored);
  const end = stored.length - SUM_BYTES;
  if (end < 0 || stored[end] !== 0x0a) return { state: "unsealed", text };
  const sum = Number(`0x${text.slice(-SUM_BYTES + 1)}`);
  const difference = sumOf(stored, end) ^ sum;
  if (difference === 0) return { state: "sound", text };
  const bit = Number.isNaN(sum) ? null : flippedBit(end, difference);
  if (bit === null) return { state: "damaged", text };
  const bytes = Uint8Array.from(stored);
  bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return { state: "mended", text: new TextDecoder().decode(bytes) };
}
