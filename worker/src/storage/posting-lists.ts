/** No series has the value. */
const NONE = -1;
/** More than one series has it. */
const SEVERAL = -2;

/**
 * Which series have a value of a label, by the number of the value. Of a label with very many values most are of one series:
 * that takes four bytes here and nothing that a collection of garbage would go through, which workerd does in one piece
 * (a million such values as objects: 125 MB, and every collection twice as long).
 */
export class PostingLists {
  #only: Int32Array = new Int32Array(64).fill(NONE);
  readonly #several = new Map<number, number[]>();
  #end = 0;

  /** One past the highest number ever given. */
  get end(): number {
    return this.#end;
  }

  /** A number that no value has. */
  create(): number {
    const id = this.#end++;
    if (id === this.#only.length) {
      const longer = new Int32Array(2 * id).fill(NONE);
      longer.set(this.#only);
      this.#only = longer;
    }
    return id;
  }

  add(id: number, ref: number): void {
    const only = this.#only[id] as number;
    if (only === NONE) this.#only[id] = ref;
    if (only === NONE || only === ref) return;
    const refs = this.#several.get(id);
    if (refs === undefined) {
      this.#several.set(id, only < ref ? [only, ref] : [ref, only]);
      this.#only[id] = SEVERAL;
    } else if ((refs[refs.length - 1] as number) < ref) refs.push(ref);
    else {
      const place = lowerBound(refs, ref);
      if (refs[place] !== ref) refs.splice(place, 0, ref);
    }
  }

  /** True when no series has the value any more. */
  remove(id: number, ref: number): boolean {
    const refs = this.#several.get(id);
    if (refs === undefined) {
      if (this.#only[id] === ref) this.#only[id] = NONE;
      return this.#only[id] === NONE;
    }
    const place = lowerBound(refs, ref);
    if (refs[place] === ref) refs.splice(place, 1);
    if (refs.length === 1) {
      this.#only[id] = refs[0] as number;
      this.#several.delete(id);
    }
    return false;
  }

  /** Whether more than one series has the value. */
  isShared(id: number): boolean {
    return this.#only[id] === SEVERAL;
  }

  /** How many series have the value. */
  size(id: number): number {
    const only = this.#only[id] as number;
    return only === SEVERAL ? (this.#several.get(id)?.length ?? 0) : only === NONE ? 0 : 1;
  }

  /** Ascending; of several, the list itself. */
  refs(id: number): readonly number[] {
    const only = this.#only[id] as number;
    return only === SEVERAL ? (this.#several.get(id) ?? []) : only === NONE ? [] : [only];
  }

  /** Puts the series behind those that `into` has. */
  appendTo(into: number[], id: number): void {
    const only = this.#only[id] as number;
    if (only >= 0) into.push(only);
    else for (const ref of this.#several.get(id) ?? []) into.push(ref);
  }
}

/** The first place in an ascending list whose element is not below `ref`. */
export function lowerBound(refs: readonly number[], ref: number): number {
  let low = 0;
  let high = refs.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((refs[middle] as number) < ref) low = middle + 1;
    else high = middle;
  }
  return low;
}
