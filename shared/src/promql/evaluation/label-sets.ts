import { fnv1a } from "../../encoding/fnv1a.ts";
import { type Labels, seriesKey } from "../../model/labels.ts";

const FEWEST = 64;
/** In the table; others are a number and one. */
const EMPTY = 0;
/** Label sets that were chosen to fall on one place are told apart by their texts after so many. */
const MAX_LOOKS = 32;

const names = new Map<string, number>();
const MAX_NAMES = 10_000;

/** A name's part of the hash; there are few names. */
function seedOf(name: string): number {
  let seed = names.get(name);
  if (seed === undefined) {
    if (names.size >= MAX_NAMES) names.clear();
    names.set(name, (seed = fnv1a(name)));
  }
  return seed;
}

/** The same in whatever order the labels stand. */
function hashOf(labels: Labels): number {
  let hash = 0;
  for (const name in labels) {
    const value = labels[name];
    if (value === undefined || value === "") continue;
    let part = fnv1a(value, seedOf(name));
    part = Math.imul(part ^ (part >>> 16), 0x85ebca6b);
    hash = (hash + (part ^ (part >>> 13))) | 0;
  }
  return hash ^ (hash >>> 15);
}

/** Whether all labels of one have the values of the other, and it has no more. An empty label is none. */
function same(a: Labels, b: Labels): boolean {
  let more = 0;
  for (const name in a) {
    const value = a[name];
    if (value === "") continue;
    if (b[name] !== value) return false;
    more++;
  }
  for (const name in b) if (b[name] !== "") more--;
  return more === 0;
}

/**
 * Label sets and the number of each, 0, 1, 2 … in the order they came: a Map would need a text of each, and V8 makes those
 * unique in the whole heap, which takes longer than all that is done with them.
 */
export class LabelSets {
  readonly sets: Labels[] = [];
  #hashes: Int32Array = new Int32Array(FEWEST);
  /** Open addressing, a power of two, at most half full. */
  #table: Int32Array = new Int32Array(2 * FEWEST);
  /** Those that found no place, by their texts. */
  readonly #others = new Map<string, number>();

  /** The number of a label set, a new one for one that has not come before. */
  of(labels: Labels): number {
    return this.#look(labels, true);
  }

  /** -1 for one that has not come. */
  find(labels: Labels): number {
    return this.#look(labels, false);
  }

  #look(labels: Labels, add: boolean): number {
    const table = this.#table;
    const mask = table.length - 1;
    const hash = hashOf(labels);
    let at = hash & mask;
    let looks = 0;
    for (; table[at] !== EMPTY && looks < MAX_LOOKS; at = (at + 1) & mask, looks++) {
      const number = (table[at] as number) - 1;
      if (this.#hashes[number] === hash && same(this.sets[number] as Labels, labels)) return number;
    }
    const crowded = looks === MAX_LOOKS;
    const other = crowded ? this.#others.get(seriesKey(labels)) : undefined;
    if (other !== undefined || !add) return other ?? -1;
    const number = this.sets.push(labels) - 1;
    if (crowded) this.#others.set(seriesKey(labels), number);
    else table[at] = number + 1;
    if (number === this.#hashes.length - 1) this.#grow(hash);
    else this.#hashes[number] = hash;
    return number;
  }

  /** Room for as many again; `last` is the hash of the newest. */
  #grow(last: number): void {
    const hashes = new Int32Array(2 * this.#hashes.length);
    hashes.set(this.#hashes);
    hashes[this.sets.length - 1] = last;
    this.#hashes = hashes;
    this.#table = new Int32Array(2 * hashes.length);
    this.#others.clear();
    const mask = this.#table.length - 1;
    for (const [number, labels] of this.sets.entries()) {
      let at = (hashes[number] as number) & mask;
      let looks = 0;
      for (; this.#table[at] !== EMPTY && looks < MAX_LOOKS; looks++) at = (at + 1) & mask;
      if (looks === MAX_LOOKS) this.#others.set(seriesKey(labels), number);
      else this.#table[at] = number + 1;
    }
  }
}
