/**
 * What a counter's resets took away within windows that go forwards. Sums over all samples would not do: of their differences one huge
 * value leaves nothing for the small ones after it, an infinite one NaN.
 */

/** So many are added one after another, as Prometheus does; of more (of what is no counter) the sums slide by two stacks, as in `sliding-sum`. */
const FEW = 64;

export class SlidingResets {
  /** The first sample after each reset, and the value before it. */
  readonly #places: readonly number[];
  readonly #lost: Float64Array;
  /** Sums from each reset to the middle. */
  readonly #older: Float64Array;
  /** Of those from the middle on. */
  #newer = 0;
  #from = 0;
  #middle = 0;
  #to = 0;

  private constructor(places: readonly number[], floats: Float64Array) {
    this.#places = places;
    this.#lost = Float64Array.from(places, (place) => floats[place - 1] as number);
    this.#older = new Float64Array(places.length);
  }

  /** Undefined where there is no reset, which is nearly always. */
  static of(floats: Float64Array): SlidingResets | undefined {
    let places: number[] | undefined;
    for (let i = 1; i < floats.length; i++) if ((floats[i] as number) < (floats[i - 1] as number)) (places ??= []).push(i);
    return places === undefined ? undefined : new SlidingResets(places, floats);
  }

  /** `change` and what the resets between samples `first` and `last` took away, neither of which may go back. */
  corrected(change: number, first: number, last: number): number {
    const places = this.#places;
    while (this.#from < places.length && (places[this.#from] as number) <= first) this.#from++;
    if (this.#to < this.#from) this.#to = this.#from;
    for (; this.#to < places.length && (places[this.#to] as number) <= last; this.#to++) this.#newer += this.#lost[this.#to] as number;
    // One from the window's first sample cancels what the change has of it, before others would be lost in it.
    if (this.#to - this.#from > FEW) return change + (this.#lost[this.#from] as number) + this.#sumFrom(this.#from + 1);
    let corrected = change;
    for (let i = this.#from; i < this.#to; i++) corrected += this.#lost[i] as number;
    return corrected;
  }

  #sumFrom(from: number): number {
    if (from >= this.#middle) {
      let sum = 0;
      for (let i = this.#to - 1; i >= from; i--) this.#older[i] = sum += this.#lost[i] as number;
      this.#middle = this.#to;
      this.#newer = 0;
    }
    return (this.#older[from] as number) + this.#newer;
  }
}
