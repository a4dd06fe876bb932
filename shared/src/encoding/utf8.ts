/** UTF-8 both ways, with the web platform's coders, which every runtime of ours has; declared here because `shared` sees no platform types. */
declare class TextEncoder {
  encode(text: string): Uint8Array<ArrayBuffer>;
}
declare class TextDecoder {
  constructor(label: string, options: { fatal: boolean; ignoreBOM: boolean });
  decode(bytes: Uint8Array): string;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

export const encodeUtf8 = (text: string): Uint8Array<ArrayBuffer> => encoder.encode(text);

/** Throws TypeError for bytes that are not UTF-8. */
export const decodeUtf8 = (bytes: Uint8Array): string => decoder.decode(bytes);

const lenient = new TextDecoder("utf-8", { fatal: false, ignoreBOM: true });

/** The same of any bytes: what is no UTF-8 becomes U+FFFD. */
export const decodeAnyBytes = (bytes: Uint8Array): string => lenient.decode(bytes);

/** In words where bytes stop being UTF-8; null where they do not. */
export function invalidUtf8(bytes: Uint8Array): string | null {
  const text = decodeAnyBytes(bytes);
  let at = 0;
  let from = 0;
  for (let i = text.indexOf(REPLACEMENT); i >= 0; i = text.indexOf(REPLACEMENT, from)) {
    at += encoder.encode(text.slice(from, i)).length;
    // It may have been written so.
    if (REPLACEMENT_BYTES.some((byte, j) => bytes[at + j] !== byte))
      return `byte ${at + 1} is 0x${(bytes[at] ?? 0).toString(16).padStart(2, "0")}, where no character of UTF-8 goes on or begins`;
    at += REPLACEMENT_BYTES.length;
    from = i + 1;
  }
  return null;
}

const REPLACEMENT = "\uFFFD";
const REPLACEMENT_BYTES = encoder.encode(REPLACEMENT);
