/** Where a number has no text. */
const NONE = 0xffff_ffff;
const FEWEST = 64;
const FEWEST_BYTES = 4096;
/** Bytes that nobody has from which the rest is moved together, when they are half of all. */
const MOST_DEAD = 65_536;
/** Texts that are kept as such, of values that many series have; a power of two. */
const RECENT = 4096;
/** Characters for which `String.fromCharCode` takes them as arguments. */
const LONGEST_CALL = 64;
const LONGEST_VARINT = 5;

/** Arguments of each number, which a call need not make anew. */
const ARGUMENTS: readonly number[][] = Array.from({ length: LONGEST_CALL + 1 }, (_, length) => Array.from({ length }, () => 0));

/**
 * Texts by number, as bytes of one buffer: `length × 2 + wide` varint, then a character each, one byte or, when any is above
 * U+00FF, two with the low one first. A million strings would be a million objects that each full collection of garbage goes
 * through, in one piece; these are none.
 */
export class ValueTexts {
  #bytes: Uint8Array = new Uint8Array(FEWEST_BYTES);
  #end = 0;
  #dead = 0;
  #starts: Uint32Array = new Uint32Array(FEWEST).fill(NONE);
  readonly #recent: string[] = [];
  readonly #recentIds = new Int32Array(RECENT).fill(-1);
  // Of the entry that was looked at last.
  #at = 0;
  #length = 0;
  #wide = false;

  /** Of all texts there are. */
  get bytes(): number {
    return this.#end - this.#dead;
  }

  has(id: number): boolean {
    return id >= 0 && id < this.#starts.length && this.#starts[id] !== NONE;
  }

  set(id: number, text: string): void {
    if (id >= this.#starts.length) {
      const longer = new Uint32Array(Math.max(id + 1, 2 * this.#starts.length)).fill(NONE);
      longer.set(this.#starts);
      this.#starts = longer;
    }
    while (this.#recent.length <= id && this.#recent.length < RECENT) this.#recent.push("");
    let wide = false;
    for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0xff) wide = true;
    this.#room(LONGEST_VARINT + (wide ? 2 : 1) * text.length);
    const bytes = this.#bytes;
    let at = this.#end;
    this.#starts[id] = at;
    let head = text.length * 2 + (wide ? 1 : 0);
    for (; head > 127; head = Math.floor(head / 128)) bytes[at++] = (head % 128) | 128;
    bytes[at++] = head;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      bytes[at++] = code & 0xff;
      if (wide) bytes[at++] = code >>> 8;
    }
    this.#end = at;
  }

  delete(id: number): void {
    if (!this.has(id)) return;
    this.#dead += this.#sizeOf(id);
    this.#starts[id] = NONE;
    if (this.#recentIds[id & (RECENT - 1)] === id) this.#recentIds[id & (RECENT - 1)] = -1;
    if (this.#dead > MOST_DEAD && this.#dead * 2 > this.#end) this.#pack();
  }

  /** Of a number that has one: of a value that one series has, as nobody else will ask for it. */
  text(id: number): string {
    const place = id & (RECENT - 1);
    return this.#recentIds[place] === id ? (this.#recent[place] as string) : this.#read(id);
  }

  /** The same, kept for whoever asks next: of what many series have one text is enough. */
  sharedText(id: number): string {
    const place = id & (RECENT - 1);
    if (this.#recentIds[place] !== id) {
      this.#recent[place] = this.#read(id);
      this.#recentIds[place] = id;
    }
    return this.#recent[place] as string;
  }

  is(id: number, text: string): boolean {
    this.#open(id);
    const length = this.#length;
    if (length !== text.length) return false;
    const bytes = this.#bytes;
    let at = this.#at;
    if (this.#wide) {
      for (let i = 0; i < length; i++, at += 2)
        if (((bytes[at] as number) | ((bytes[at + 1] as number) << 8)) !== text.charCodeAt(i)) return false;
    } else for (let i = 0; i < length; i++) if (bytes[at++] !== text.charCodeAt(i)) return false;
    return true;
  }

  #open(id: number): void {
    const bytes = this.#bytes;
    let at = this.#starts[id] as number;
    let head = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = bytes[at++] as number;
      head += (byte & 127) * scale;
      if (byte < 128) break;
    }
    this.#at = at;
    this.#length = Math.floor(head / 2);
    this.#wide = head % 2 === 1;
  }

  #read(id: number): string {
    this.#open(id);
    const length = this.#length;
    if (length <= LONGEST_CALL) return this.#piece(0, length);
    const pieces: string[] = [];
    for (let from = 0; from < length; from += LONGEST_CALL) pieces.push(this.#piece(from, Math.min(length, from + LONGEST_CALL)));
    return pieces.join("");
  }

  #piece(from: number, to: number): string {
    const bytes = this.#bytes;
    const codes = ARGUMENTS[to - from] as number[];
    if (this.#wide) {
      let at = this.#at + 2 * from;
      for (let i = 0; i < codes.length; i++, at += 2) codes[i] = (bytes[at] as number) | ((bytes[at + 1] as number) << 8);
    } else {
      const at = this.#at + from;
      for (let i = 0; i < codes.length; i++) codes[i] = bytes[at + i] as number;
    }
    return String.fromCharCode.apply(null, codes);
  }

  #room(bytes: number): void {
    if (this.#end + bytes <= this.#bytes.length) return;
    const longer = new Uint8Array(Math.max(this.#end + bytes, Math.ceil(1.5 * this.#bytes.length)));
    longer.set(this.#bytes.subarray(0, this.#end));
    this.#bytes = longer;
  }

  #pack(): void {
    const packed = new Uint8Array(Math.max(FEWEST_BYTES, this.#end - this.#dead));
    const starts = this.#starts;
    let end = 0;
    for (let id = 0; id < starts.length; id++) {
      const from = starts[id] as number;
      if (from === NONE) continue;
      const size = this.#sizeOf(id);
      packed.set(this.#bytes.subarray(from, from + size), end);
      starts[id] = end;
      end += size;
    }
    this.#bytes = packed;
    this.#end = end;
    this.#dead = 0;
  }

  /** Bytes of an entry. */
  #sizeOf(id: number): number {
    this.#open(id);
    return this.#at + this.#length * (this.#wide ? 2 : 1) - (this.#starts[id] as number);
  }
}
