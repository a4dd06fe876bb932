/** The samples that other shards had of series, by ref: they are not stored here, and another configuration needs them again. */
import { FURTHEST_MS } from "./rule-reach.ts";

export interface HandedWindow {
  readonly times: Float64Array;
  readonly values: Float64Array;
}

export class HandedWindows {
  readonly #windows = new Map<number, HandedWindow>();
  /** Newest sample of the one that ends first, ms. */
  #firstEnd = Infinity;

  add(ref: number, window: HandedWindow): void {
    this.#windows.set(ref, window);
    this.#firstEnd = Math.min(this.#firstEnd, endOf(window));
  }

  /** Frees those that no window of a rule reaches back to. */
  expire(nowMs: number): void {
    if (this.#firstEnd >= nowMs - FURTHEST_MS) return;
    this.#firstEnd = Infinity;
    for (const [ref, window] of this.#windows)
      if (endOf(window) < nowMs - FURTHEST_MS) this.#windows.delete(ref);
      else this.#firstEnd = Math.min(this.#firstEnd, endOf(window));
  }

  [Symbol.iterator](): IterableIterator<[number, HandedWindow]> {
    return this.#windows.entries();
  }
}

const endOf = ({ times }: HandedWindow): number => times.at(-1) ?? -Infinity;
