/** Where a ref has no set. */
const NONE = -1;
/** In the table; others are a ref and one. */
const EMPTY = 0;
const LEFT = -1;
const FEWEST = 64;
/** Numbers that nobody has from which the rest is moved together, when they are half of all. */
const MOST_DEAD = 16_384;
const MIX = 0x9e3779b1;

/**
 * The label set of each series as the numbers of its values in the order of their names, all in one array: `count, number …`
 * for each. Found by ref, and by their numbers through a table beside it. A label has its own numbers, so that they tell
 * names too.
 */
export class LabelSets {
  #starts: Int32Array = new Int32Array(FEWEST).fill(NONE);
  #pool: Int32Array = new Int32Array(4 * FEWEST);
  #end = 0;
  #dead = 0;
  #size = 0;
  /** Open addressing, a power of two. */
  #table: Int32Array = new Int32Array(2 * FEWEST);
  /** Of the table, with what was left there. */
  #used = 0;

  get size(): number {
    return this.#size;
  }

  has(ref: number): boolean {
    return ref >= 0 && ref < this.#starts.length && this.#starts[ref] !== NONE;
  }

  /** How many labels a series has; 0 for one that is not here. */
  count(ref: number): number {
    return this.has(ref) ? (this.#pool[this.#starts[ref] as number] as number) : 0;
  }

  /** The number of a series' value, of the labels that `count` tells. */
  at(ref: number, place: number): number {
    return this.#pool[(this.#starts[ref] as number) + 1 + place] as number;
  }

  /** The series with exactly the first `count` of these values, undefined when there is none. */
  find(ids: readonly number[], count: number): number | undefined {
    const table = this.#table;
    const mask = table.length - 1;
    for (let at = hashOf(ids, 0, count) & mask; ; at = (at + 1) & mask) {
      const entry = table[at] as number;
      if (entry === EMPTY) return undefined;
      if (entry !== LEFT && this.#is(entry - 1, ids, count)) return entry - 1;
    }
  }

  #is(ref: number, ids: readonly number[], count: number): boolean {
    const pool = this.#pool;
    const start = this.#starts[ref] as number;
    if (pool[start] !== count) return false;
    for (let i = 0; i < count; i++) if (pool[start + 1 + i] !== ids[i]) return false;
    return true;
  }

  /** Of a set that no series has: the first `count` numbers. */
  set(ref: number, ids: readonly number[], count: number): void {
    if (ref >= this.#starts.length) {
      const longer = new Int32Array(Math.max(ref + 1, 2 * this.#starts.length)).fill(NONE);
      longer.set(this.#starts);
      this.#starts = longer;
    }
    const needed = this.#end + 1 + count;
    if (needed > this.#pool.length) {
      const longer = new Int32Array(Math.max(needed, Math.ceil(1.5 * this.#pool.length)));
      longer.set(this.#pool);
      this.#pool = longer;
    }
    this.#starts[ref] = this.#end;
    this.#pool[this.#end++] = count;
    for (let i = 0; i < count; i++) this.#pool[this.#end++] = ids[i] as number;
    this.#size++;
    if (2 * ++this.#used > this.#table.length) this.#rehash();
    else this.#enter(ref);
  }

  delete(ref: number): void {
    if (!this.has(ref)) return;
    const start = this.#starts[ref] as number;
    const mask = this.#table.length - 1;
    let at = this.#hashOf(ref) & mask;
    while (this.#table[at] !== ref + 1) at = (at + 1) & mask;
    this.#table[at] = LEFT;
    this.#starts[ref] = NONE;
    this.#size--;
    this.#dead += 1 + (this.#pool[start] as number);
    if (this.#dead > MOST_DEAD && this.#dead * 2 > this.#end) this.#pack();
  }

  /** All of them, ascending. */
  *refs(): Generator<number> {
    for (let ref = 0; ref < this.#starts.length; ref++) if (this.#starts[ref] !== NONE) yield ref;
  }

  #hashOf(ref: number): number {
    const start = this.#starts[ref] as number;
    return hashOf(this.#pool, start + 1, this.#pool[start] as number);
  }

  #enter(ref: number): void {
    const table = this.#table;
    const mask = table.length - 1;
    let at = this.#hashOf(ref) & mask;
    while (table[at] !== EMPTY) at = (at + 1) & mask;
    table[at] = ref + 1;
  }

  /** Into a table with room for as many again, without what was left. */
  #rehash(): void {
    let length = this.#table.length;
    while (length < 4 * this.#size) length *= 2;
    this.#table = new Int32Array(length);
    this.#used = this.#size;
    for (const ref of this.refs()) this.#enter(ref);
  }

  #pack(): void {
    const packed = new Int32Array(this.#end - this.#dead + FEWEST);
    let end = 0;
    for (const ref of this.refs()) {
      const start = this.#starts[ref] as number;
      const length = 1 + (this.#pool[start] as number);
      packed.set(this.#pool.subarray(start, start + length), end);
      this.#starts[ref] = end;
      end += length;
    }
    this.#pool = packed;
    this.#end = end;
    this.#dead = 0;
  }
}

function hashOf(ids: ArrayLike<number>, from: number, count: number): number {
  let hash = count;
  for (let i = from; i < from + count; i++) {
    hash = Math.imul(hash ^ (ids[i] as number), MIX);
    hash ^= hash >>> 15;
  }
  return hash;
}
