const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

const SLOTS = 4096;
/** Longer texts are seldom the same twice. */
const MAX_BYTES = 48;

/**
 * UTF-8 to text, with the short texts that come again and again (label names, metric names, values) taken from a
 * direct-mapped cache: comparing bytes costs a fraction of decoding them. 200 kB and the texts.
 */
export class TextCache {
  readonly #texts: string[] = Array.from({ length: SLOTS }, () => "");
  readonly #lengths = new Uint8Array(SLOTS);
  readonly #bytes = new Uint8Array(SLOTS * MAX_BYTES);

  /** Throws TypeError when the bytes are not UTF-8. */
  read(bytes: Uint8Array, start: number, end: number): string {
    const length = end - start;
    if (length > MAX_BYTES) return utf8.decode(bytes.subarray(start, end));
    let hash = length;
    for (let i = start; i < end; i++) hash = Math.imul(hash ^ (bytes[i] as number), 0x0100_0193);
    const slot = (hash ^ (hash >>> 15)) & (SLOTS - 1);
    const at = slot * MAX_BYTES;
    const cached = this.#bytes;
    let same = this.#lengths[slot] === length;
    for (let i = 0; same && i < length; i++) same = cached[at + i] === bytes[start + i];
    if (same) return this.#texts[slot] as string;
    const part = bytes.subarray(start, end);
    const text = utf8.decode(part);
    cached.set(part, at);
    this.#lengths[slot] = length;
    this.#texts[slot] = text;
    return text;
  }
}
