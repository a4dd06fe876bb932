/** How long computations stop now and then, so that one object can do other things in between. */

/** A computation that stops after each share of work; who drives it decides what happens in between. */
export type Stepwise<T> = Generator<void, T, void>;

/** All of it in one go. */
export function finish<T>(computation: Stepwise<T>): T {
  for (;;) {
    const step = computation.next();
    if (step.done === true) return step.value;
  }
}

/**
 * Work, in ns as a two-core machine of the kind the project is built on takes for it: counted and not measured, since a clock
 * stands still while an object computes. To let others go first takes a ms, which a short query is spared; what waits for a
 * long one has several turns to make, each behind one share.
 */
export const FIRST_SHARE_NS = 20_000_000;
export const SHARE_NS = 3_000_000;

/** What is done to one series besides its values: a key of its labels, a column. */
export const SERIES_NS = 1500;

/** Counts work. One for each query. */
export class Pace {
  /** Told how many bytes a large value has as soon as it is made; the evaluator holds them against the query's memory. */
  making: (bytes: number) => void = () => {};
  #left: number;
  /** What there was of the present share when it began. */
  #begun: number;
  readonly #share: number;

  constructor(shareNs: number = SHARE_NS, firstNs: number = Math.max(shareNs, FIRST_SHARE_NS)) {
    this.#share = shareNs;
    this.#left = firstNs;
    this.#begun = firstNs;
  }

  /** What was spent since it was last time to stop, ns. */
  get sinceStop(): number {
    return this.#begun - this.#left;
  }

  /** True when it is time to stop. */
  spend(ns: number): boolean {
    this.#left -= ns;
    if (this.#left > 0) return false;
    this.#left = this.#share;
    this.#begun = this.#share;
    return true;
  }
}

/** Sorts as `Array.prototype.sort`, stably and into a new list, a run at a time: the shorter the longer a comparison takes. */
export function* sortStepwise<T>(
  list: readonly T[],
  compare: (a: T, b: T) => number,
  pace: Pace,
  compareNs: number = COMPARE_NS,
): Stepwise<T[]> {
  let from = [...list];
  const run = Math.max(1, Math.floor(RUN * Math.min(1, COMPARE_NS / compareNs)));
  for (let start = 0; start < from.length; start += run) {
    const sorted = from.slice(start, start + run).sort(compare);
    for (let i = 0; i < sorted.length; i++) from[start + i] = sorted[i] as T;
    if (pace.spend(sorted.length * compareNs * 10)) yield;
  }
  for (let width = run; width < from.length; width *= 2) {
    const to: T[] = [];
    for (let start = 0; start < from.length; start += 2 * width) {
      const middle = Math.min(start + width, from.length);
      const end = Math.min(start + 2 * width, from.length);
      let left = start;
      let right = middle;
      while (left < middle || right < end) {
        const takeLeft = right >= end || (left < middle && compare(from[left] as T, from[right] as T) <= 0);
        to.push(from[takeLeft ? left++ : right++] as T);
        if (pace.spend(compareNs)) yield;
      }
    }
    from = to;
  }
  return from;
}

const RUN = 1024;
const COMPARE_NS = 200;
