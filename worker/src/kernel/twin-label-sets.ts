const FIRST = 1024;

/** Name spaces: label fields of 1.0, words of 2.0, symbols of 2.0. */
export const LABEL_FIELDS = 0;
export const WORDS = 1;
export const SYMBOLS = 2;

/** Label sets known by the bytes they came in: an arena of keys, and an open-addressing table of entries over it. Entry 0 is none. */
export class LabelSets {
  // Columns of the entries.
  next = new Int32Array(FIRST);
  refs = new Int32Array(FIRST);
  /** The decode that met it first and waits for its ref; 0 once named. */
  epochs = new Int32Array(FIRST);
  #spaces = new Uint8Array(FIRST);
  #hashes = new Int32Array(FIRST);
  #starts = new Int32Array(FIRST);
  #lengths = new Int32Array(FIRST);
  /** Entries so far, entry 0 included. */
  size = 1;

  #arena = new Uint8Array(1 << 16);
  #words = new DataView(this.#arena.buffer);
  #arenaEnd = 0;
  #table = new Int32Array(FIRST * 2);
  readonly #seed: number;

  constructor(seed: number) {
    this.#seed = seed | 0;
  }

  get bytes(): number {
    return this.#arena.length + this.#hashes.length * 25 + this.#table.length * 4;
  }

  key(entry: number): Uint8Array {
    const start = this.#starts[entry] as number;
    return this.#arena.subarray(start, start + (this.#lengths[entry] as number));
  }

  spaceOf(entry: number): number {
    return this.#spaces[entry] as number;
  }

  keyLength(entry: number): number {
    return this.#lengths[entry] as number;
  }

  hash(bytes: DataView, from: number, length: number): number {
    let h = this.#seed ^ length;
    let i = from;
    for (const end = from + length - 3; i < end; i += 4) {
      h = Math.imul(h ^ bytes.getInt32(i, true), 0x85ebca6b);
      h ^= h >>> 15;
    }
    for (const end = from + length; i < end; i++) h = Math.imul(h ^ bytes.getUint8(i), 0xc2b2ae35);
    h ^= h >>> 13;
    h = Math.imul(h, 0x27d4eb2f);
    return h ^ (h >>> 16);
  }

  /** Whether an entry's key is these bytes. */
  equals(entry: number, space: number, bytes: DataView, from: number, length: number): boolean {
    if (this.#lengths[entry] !== length || this.#spaces[entry] !== space) return false;
    const words = this.#words;
    const start = this.#starts[entry] as number;
    let i = 0;
    for (; i + 4 <= length; i += 4) if (words.getInt32(start + i, true) !== bytes.getInt32(from + i, true)) return false;
    for (; i < length; i++) if (words.getUint8(start + i) !== bytes.getUint8(from + i)) return false;
    return true;
  }

  find(hash: number, space: number, bytes: DataView, from: number, length: number): number {
    const table = this.#table;
    const mask = table.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const entry = table[slot] as number;
      if (entry === 0 || (this.#hashes[entry] === hash && this.equals(entry, space, bytes, from, length))) return entry;
    }
  }

  /** A label set that `find` doesn't find, to be named later. */
  insert(hash: number, space: number, bytes: Uint8Array, from: number, length: number): number {
    if (this.size === this.#hashes.length) this.#widen();
    if (this.#arenaEnd + length > this.#arena.length) this.#extend(length);
    const entry = this.size++;
    this.#arena.set(bytes.subarray(from, from + length), this.#arenaEnd);
    this.#starts[entry] = this.#arenaEnd;
    this.#lengths[entry] = length;
    this.#arenaEnd += length;
    this.#hashes[entry] = hash;
    this.#spaces[entry] = space;
    this.epochs[entry] = -1;
    this.#occupy(entry);
    return entry;
  }

  /** Named by a negative ref, and now waiting for one again. */
  reconsider(): void {
    for (let entry = 1; entry < this.size; entry++)
      if (this.epochs[entry] === 0 && (this.refs[entry] as number) < 0) this.epochs[entry] = -1;
  }

  #occupy(entry: number): void {
    const mask = this.#table.length - 1;
    let slot = (this.#hashes[entry] as number) & mask;
    while (this.#table[slot] !== 0) slot = (slot + 1) & mask;
    this.#table[slot] = entry;
  }

  #extend(length: number): void {
    const arena = new Uint8Array(Math.max(this.#arena.length * 2, this.#arenaEnd + length));
    arena.set(this.#arena.subarray(0, this.#arenaEnd));
    this.#arena = arena;
    this.#words = new DataView(arena.buffer);
  }

  #widen(): void {
    this.next = doubled(this.next);
    this.refs = doubled(this.refs);
    this.epochs = doubled(this.epochs);
    this.#hashes = doubled(this.#hashes);
    this.#starts = doubled(this.#starts);
    this.#lengths = doubled(this.#lengths);
    const spaces = new Uint8Array(this.#spaces.length * 2);
    spaces.set(this.#spaces);
    this.#spaces = spaces;
    this.#table = new Int32Array(this.#table.length * 2);
    for (let entry = 1; entry < this.size; entry++) this.#occupy(entry);
  }
}

function doubled(column: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const wider = new Int32Array(column.length * 2);
  wider.set(column);
  return wider;
}
