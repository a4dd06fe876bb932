import { fnv1a } from "./fnv1a.ts";

/** In the table; others are a number and one. */
const EMPTY = 0;
const FEWEST = 16;

/**
 * Texts and the number of each, 0, 1, 2 … in the order they came. V8 makes the keys of a Map and of a Set unique texts of the
 * whole heap and goes through all of those in one piece when it collects garbage: of very many it takes longer than all the rest
 * (400,000: 30 to 210 ms). A `seed` that nobody knows keeps people from choosing texts that all fall on one place; where there is
 * none, `looks` bounds what such texts cost: one that is not found at so many places counts as new.
 */
export class TextNumbers {
  readonly texts: string[] = [];
  readonly #seed: number;
  readonly #looks: number;
  #hashes: Int32Array = new Int32Array(FEWEST);
  /** Open addressing, a power of two. */
  #table: Int32Array = new Int32Array(2 * FEWEST);

  constructor(seed: number, looks = Infinity) {
    this.#seed = seed | 0;
    this.#looks = looks;
  }

  /** The number of a text, a new one for one that has not come before. */
  of(text: string): number {
    const table = this.#table;
    const mask = table.length - 1;
    const hash = this.#hashOf(text);
    let at = hash & mask;
    let looks = 0;
    for (; table[at] !== EMPTY && looks < this.#looks; at = (at + 1) & mask, looks++) {
      const number = (table[at] as number) - 1;
      if (this.#hashes[number] === hash && this.texts[number] === text) return number;
    }
    const number = this.texts.push(text) - 1;
    if (table[at] === EMPTY) table[at] = number + 1;
    if (number === this.#hashes.length - 1) this.#grow(hash);
    else this.#hashes[number] = hash;
    return number;
  }

  #hashOf(text: string): number {
    const hash = fnv1a(text, this.#seed);
    // The low bits of a product know nothing of the high ones.
    return hash ^ (hash >>> 15);
  }

  /** Room for as many again; `last` is the hash of the newest. */
  #grow(last: number): void {
    const hashes = new Int32Array(2 * this.#hashes.length);
    hashes.set(this.#hashes);
    hashes[this.texts.length - 1] = last;
    this.#hashes = hashes;
    this.#table = new Int32Array(2 * hashes.length);
    const mask = this.#table.length - 1;
    for (let number = 0; number < this.texts.length; number++) {
      let at = (hashes[number] as number) & mask;
      for (let looks = 0; this.#table[at] !== EMPTY && looks < this.#looks; looks++) at = (at + 1) & mask;
      if (this.#table[at] === EMPTY) this.#table[at] = number + 1;
    }
  }
}
