import { encodeUtf8 } from "../encoding/utf8.ts";
import type { Labels } from "../model/labels.ts";
import { sortTexts } from "../model/text-order.ts";

const LOW_OFFSET = 0x84222325;
const HIGH_OFFSET = 0xcbf29ce4;
/** The 64-bit prime is 2^40 + this. */
const PRIME = 0x1b3;
const WORD = 2 ** 32;

/**
 * What Prometheus and Alertmanager call an alert by: FNV-1a of 64 bits over names and values in the order of names, each
 * followed by 0xff (github.com/prometheus/common/model/signature.go). A label without a value is none. 16 hex digits.
 */
export function labelFingerprint(labels: Labels): string {
  let low = LOW_OFFSET;
  let high = HIGH_OFFSET;
  const add = (byte: number): void => {
    const mixed = (low ^ byte) >>> 0;
    const product = mixed * PRIME;
    high = (high * PRIME + Math.floor(product / WORD) + ((mixed << 8) >>> 0)) % WORD;
    low = product % WORD;
  };
  for (const name of sortTexts(Object.keys(labels))) {
    const value = labels[name] ?? "";
    if (value === "") continue;
    for (const byte of encodeUtf8(name)) add(byte);
    add(0xff);
    for (const byte of encodeUtf8(value)) add(byte);
    add(0xff);
  }
  return high.toString(16).padStart(8, "0") + low.toString(16).padStart(8, "0");
}
