const ABSENT = -1;
/** In the table; others are a place and one. */
const EMPTY = 0;
const LEFT = -1;
const FEWEST = 8;
/** Of FNV-1a. */
const FNV_PRIME = 0x01000193;

/**
 * The values of one label and the number of each, in the order in which they came. A Map would do the same, but a label may
 * have a million values: V8 makes the keys of a Map unique texts of the whole heap, and each collection of garbage then goes
 * through all of them several times, in one piece (half of its time beside a million of them).
 */
export class LabelValues {
  /** The text that all series with this label share. */
  readonly name: string;
  readonly #seed = Math.floor(Math.random() * 2 ** 32);
  /** By place; a place that was left is the next newcomer's, with its number. */
  readonly #texts: (string | undefined)[] = [];
  readonly #left: number[] = [];
  #ids: Int32Array = new Int32Array(FEWEST);
  #hashes: Int32Array = new Int32Array(FEWEST);
  /** Open addressing, a power of two. */
  #table: Int32Array = new Int32Array(2 * FEWEST);
  /** Of the table, with what was left there. */
  #used = 0;

  constructor(name: string) {
    this.name = name;
  }

  get size(): number {
    return this.#texts.length - this.#left.length;
  }

  /** The number of a value, -1 for one that is not known. */
  idOf(value: string): number {
    const place = this.#placeOf(value, this.#hashOf(value));
    return place === ABSENT ? ABSENT : (this.#ids[place] as number);
  }

  /** The text of a known value that all series share. */
  textOf(value: string): string {
    const place = this.#placeOf(value, this.#hashOf(value));
    return place === ABSENT ? value : (this.#texts[place] ?? value);
  }

  /** Of a value that is not known: gives it a number that one before it had, or a `fresh` one. */
  add(value: string, fresh: () => number): number {
    const hash = this.#hashOf(value);
    const left = this.#left.pop();
    const place = left ?? this.#texts.length;
    if (place === this.#ids.length) {
      this.#ids = twiceAsLong(this.#ids);
      this.#hashes = twiceAsLong(this.#hashes);
    }
    this.#texts[place] = value;
    this.#hashes[place] = hash;
    const id = left === undefined ? fresh() : (this.#ids[place] as number);
    this.#ids[place] = id;
    if (2 * ++this.#used > this.#table.length) this.#rehash();
    else this.#enter(place, hash);
    return id;
  }

  remove(value: string): void {
    const mask = this.#table.length - 1;
    const hash = this.#hashOf(value);
    const place = this.#placeOf(value, hash);
    if (place === ABSENT) return;
    let at = hash & mask;
    while (this.#table[at] !== place + 1) at = (at + 1) & mask;
    this.#table[at] = LEFT;
    this.#texts[place] = undefined;
    this.#left.push(place);
  }

  /** Every value with its number; both may come and go while they are walked. */
  *entries(): Generator<readonly [value: string, id: number]> {
    for (let place = 0; place < this.#texts.length; place++) {
      const text = this.#texts[place];
      if (text !== undefined) yield [text, this.#ids[place] as number];
    }
  }

  #hashOf(value: string): number {
    let hash = this.#seed;
    for (let i = 0; i < value.length; i++) hash = Math.imul(hash ^ value.charCodeAt(i), FNV_PRIME);
    // The low bits of a product know nothing of the high ones.
    return hash ^ (hash >>> 15);
  }

  #placeOf(value: string, hash: number): number {
    const table = this.#table;
    const mask = table.length - 1;
    for (let at = hash & mask; ; at = (at + 1) & mask) {
      const entry = table[at] as number;
      if (entry === EMPTY) return ABSENT;
      if (entry !== LEFT && this.#hashes[entry - 1] === hash && this.#texts[entry - 1] === value) return entry - 1;
    }
  }

  #enter(place: number, hash: number): void {
    const table = this.#table;
    const mask = table.length - 1;
    let at = hash & mask;
    while (table[at] !== EMPTY) at = (at + 1) & mask;
    table[at] = place + 1;
  }

  /** Into a table with room for as many again, without what was left. */
  #rehash(): void {
    let length = this.#table.length;
    while (length < 4 * this.size) length *= 2;
    this.#table = new Int32Array(length);
    this.#used = this.size;
    for (let place = 0; place < this.#texts.length; place++)
      if (this.#texts[place] !== undefined) this.#enter(place, this.#hashes[place] as number);
  }
}

function twiceAsLong(numbers: Int32Array): Int32Array {
  const longer = new Int32Array(2 * numbers.length);
  longer.set(numbers);
  return longer;
}
