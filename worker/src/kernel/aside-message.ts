import type { RemoteWriteVersion } from "./ingest-kernel.ts";
import { WireCursor } from "./twin-wire.ts";

/** Field `symbols` of a request of 2.0. */
const SYMBOLS = 0x22;

/** Fields of a valid message, [from, end) each, as a message of their own: in 2.0 with the symbols that they refer to. */
export function asideMessage(
  version: RemoteWriteVersion,
  message: Uint8Array,
  ranges: readonly (readonly [from: number, end: number])[],
): Uint8Array {
  const all = version === 1 ? ranges : [...symbolsOf(message), ...ranges];
  const aside = new Uint8Array(all.reduce((sum, [from, end]) => sum + end - from, 0));
  let at = 0;
  for (const [from, end] of all) {
    aside.set(message.subarray(from, end), at);
    at += end - from;
  }
  return aside;
}

/** Where symbols stand, those behind one another as one range. */
function symbolsOf(message: Uint8Array): (readonly [number, number])[] {
  const found: [number, number][] = [];
  const cursor = new WireCursor(message);
  const end = message.length;
  while (cursor.at < end) {
    const from = cursor.at;
    const tag = cursor.tag(end);
    cursor.skip(tag & 7, end);
    if (tag !== SYMBOLS) continue;
    const last = found.at(-1);
    if (last?.[1] === from) last[1] = cursor.at;
    else found.push([from, cursor.at]);
  }
  return found;
}
