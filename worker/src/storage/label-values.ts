import { fnv1a } from "@sightline/shared/encoding/fnv1a";
import type { ValueTexts } from "./value-texts.ts";

const ABSENT = -1;
/** In the table; others are a place and one. */
const EMPTY = 0;
const LEFT = -1;
const FEWEST = 8;

/**
 * The values of one label by their numbers, in the order in which they came; their texts are in `ValueTexts`, and nothing
 * here is an object for each. A Map of a million texts takes half the time of each collection of garbage.
 */
export class LabelValues {
  /** The text that all series with this label share. */
  readonly name: string;
  readonly #texts: ValueTexts;
  readonly #seed = Math.floor(Math.random() * 2 ** 32);
  /** By place; a place that was left is the next newcomer's, with its number. */
  #ids: Int32Array = new Int32Array(FEWEST);
  #hashes: Int32Array = new Int32Array(FEWEST);
  #end = 0;
  readonly #left: number[] = [];
  /** Open addressing, a power of two. */
  #table: Int32Array = new Int32Array(2 * FEWEST);
  /** Of the table, with what was left there. */
  #used = 0;

  constructor(name: string, texts: ValueTexts) {
    this.name = name;
    this.#texts = texts;
  }

  get size(): number {
    return this.#end - this.#left.length;
  }

  /** The number of a value, -1 for one that is not known. */
  idOf(value: string): number {
    const table = this.#table;
    const mask = table.length - 1;
    const hash = this.#hashOf(value);
    for (let at = hash & mask; ; at = (at + 1) & mask) {
      const entry = table[at] as number;
      if (entry === EMPTY) return ABSENT;
      if (entry === LEFT || this.#hashes[entry - 1] !== hash) continue;
      const id = this.#ids[entry - 1] as number;
      if (this.#texts.is(id, value)) return id;
    }
  }

  /** Of a value that is not known: gives it a number that one before it had, or a `fresh` one. */
  add(value: string, fresh: () => number): number {
    const hash = this.#hashOf(value);
    const left = this.#left.pop();
    const place = left ?? this.#end++;
    if (place === this.#ids.length) {
      this.#ids = twiceAsLong(this.#ids);
      this.#hashes = twiceAsLong(this.#hashes);
    }
    const id = left === undefined ? fresh() : (this.#ids[place] as number);
    this.#ids[place] = id;
    this.#hashes[place] = hash;
    this.#texts.set(id, value);
    if (2 * ++this.#used > this.#table.length) this.#rehash();
    else this.#enter(place, hash);
    return id;
  }

  /** The number of a value that no series has any more. */
  remove(id: number): void {
    if (!this.#texts.has(id)) return;
    const table = this.#table;
    const mask = table.length - 1;
    for (let at = this.#hashOf(this.#texts.text(id)) & mask; ; at = (at + 1) & mask) {
      const entry = table[at] as number;
      if (entry === EMPTY) return;
      if (entry === LEFT || this.#ids[entry - 1] !== id) continue;
      table[at] = LEFT;
      this.#texts.delete(id);
      this.#left.push(entry - 1);
      return;
    }
  }

  /** The number of every value; they may come and go while they are walked. */
  *ids(): Generator<number> {
    for (let place = 0; place < this.#end; place++) {
      const id = this.#ids[place] as number;
      if (this.#texts.has(id)) yield id;
    }
  }

  #hashOf(value: string): number {
    const hash = fnv1a(value, this.#seed);
    // The low bits of a product know nothing of the high ones.
    return hash ^ (hash >>> 15);
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
    for (let place = 0; place < this.#end; place++)
      if (this.#texts.has(this.#ids[place] as number)) this.#enter(place, this.#hashes[place] as number);
  }
}

function twiceAsLong(numbers: Int32Array): Int32Array {
  const longer = new Int32Array(2 * numbers.length);
  longer.set(numbers);
  return longer;
}
