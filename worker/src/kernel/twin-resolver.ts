import { LabelSets } from "./twin-label-sets.ts";
import { SampleColumns } from "./twin-columns.ts";

/** Where more of a message would be set aside, objects are made of all of it. */
const MAX_ASIDE = 2048;

/** Thrown while a message is read that columns of floats cannot hold, and caught at the kernel's edge. */
export class NeedsObjects extends Error {}

/** Names the series of a message: by what followed last time, else by their hash. */
export class SeriesResolver {
  readonly sets: LabelSets;
  readonly columns = new SampleColumns();
  /** The entry that should come now; 0 for none. */
  guess = 0;
  #previous = 0;
  #epoch = 0;
  #space = 0;
  readonly #ends = [0, 0];

  constructor(seed: number) {
    this.sets = new LabelSets(seed);
  }

  /** Takes up where the last message of this kind ended. */
  begin(space: number): void {
    this.columns.clear();
    this.#epoch++;
    this.#space = space;
    this.#previous = this.#ends[space] ?? 0;
    this.guess = this.sets.next[this.#previous] ?? 0;
  }

  end(): void {
    this.#ends[this.#space] = this.#previous;
  }

  /** The samples from `start` are of an entry. */
  follow(entry: number, start: number): void {
    const { sets, columns } = this;
    if (this.#previous !== 0) sets.next[this.#previous] = entry;
    this.#previous = entry;
    this.guess = sets.next[entry] as number;
    if (sets.epochs[entry] === 0) {
      const ref = sets.refs[entry] as number;
      for (let i = start; i < columns.count; i++) columns.refs[i] = ref;
      return;
    }
    if (sets.epochs[entry] !== this.#epoch) {
      sets.epochs[entry] = this.#epoch;
      sets.refs[entry] = columns.unknown.push({ entry, runs: [] }) - 1;
    }
    columns.wait(sets.refs[entry] as number, start);
  }

  /** A series that the guess did not name. `check` throws when the label set, met for the first time, is malformed. */
  lookUp(bytes: Uint8Array, view: DataView, from: number, length: number, start: number, check?: (key: Uint8Array) => unknown): void {
    const hash = this.sets.hash(view, from, length);
    let entry = this.sets.find(hash, this.#space, view, from, length);
    if (entry === 0) {
      check?.(bytes.subarray(from, from + length));
      entry = this.sets.insert(hash, this.#space, bytes, from, length);
    }
    this.follow(entry, start);
  }

  setAside(from: number, end: number): void {
    if (this.columns.aside.length === MAX_ASIDE) throw new NeedsObjects();
    this.columns.aside.push([from, end]);
  }

  learn(i: number, ref: number): void {
    const entry = this.columns.unknown[i]?.entry;
    if (entry === undefined) return;
    this.sets.refs[entry] = ref;
    this.sets.epochs[entry] = 0;
    this.columns.name(i, ref);
  }
}
