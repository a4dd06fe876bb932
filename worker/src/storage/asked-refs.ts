/**
 * Finds refs that come in nearly the order in which they are asked for, as chunks of a run do: most often it is the next one, or
 * another chunk of the one before. A Map is made for what comes otherwise only.
 */
export class AskedRefs {
  readonly #refs: readonly number[];
  readonly #least: number;
  readonly #most: number;
  #places: ReadonlyMap<number, number> | null = null;
  #next = 0;

  constructor(refs: readonly number[]) {
    let least = Infinity;
    let most = -Infinity;
    for (const ref of refs) {
      if (ref < least) least = ref;
      if (ref > most) most = ref;
    }
    this.#refs = refs;
    this.#least = least;
    this.#most = most;
  }

  /** Where it stands; -1 for one that is not asked for. */
  place(ref: number): number {
    if (ref < this.#least || ref > this.#most) return -1;
    const refs = this.#refs;
    const next = this.#next;
    if (next < refs.length && ref === refs[next]) return (this.#next = next + 1) - 1;
    if (next > 0 && ref === refs[next - 1]) return next - 1;
    this.#places ??= new Map(refs.map((one, at) => [one, at] as const));
    const at = this.#places.get(ref) ?? -1;
    if (at >= 0) this.#next = at + 1;
    return at;
  }
}
