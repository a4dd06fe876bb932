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
