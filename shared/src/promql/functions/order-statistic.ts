import type { Pace, Stepwise } from "../evaluation/pace.ts";
import { sortFloats } from "./sort-floats.ts";

/** Few values are in order sooner than they are parted. */
const FEW = 12;
/** Where pivots do badly again and again, sorting bounds the time. */
const MOST_ROUNDS = 64;
/** So many values are looked at in one go, and what one takes. */
const TOGETHER = 65_536;
const PART_NS = 4;

/**
 * Parts `values[0 … n)`, which holds no NaN, so that values[k] is what it were in ascending order, with none greater before
 * it and none less after it (Hoare, "Algorithm 65: find", 1961, with the median of three as the pivot).
 */
export function partAt(values: Float64Array, n: number, k: number): void {
  const parting = new Parting(values, n, k);
  parting.goOn(Infinity);
  parting.rest.sort();
}

/** The same of many values, so that others can go first in between. */
export function* partAtStepwise(values: Float64Array, n: number, k: number, pace: Pace): Stepwise<void> {
  const parting = new Parting(values, n, k);
  while (!parting.goOn(TOGETHER)) if (pace.spend(TOGETHER * PART_NS)) yield;
  yield* sortFloats(parting.rest, parting.rest.length, pace);
}

class Parting {
  readonly #values: Float64Array;
  readonly #k: number;
  #left = 0;
  #right: number;
  #rounds = 0;
  /** Of the round that is under way: values before `i` are not greater than the pivot, those behind `j` not less. */
  #pivot = 0;
  #i = 0;
  #j = -1;
  #isUnderWay = false;

  constructor(values: Float64Array, n: number, k: number) {
    this.#values = values;
    this.#k = k;
    this.#right = n - 1;
  }

  /** What is to be sorted when it has been parted: all others are where they belong. */
  get rest(): Float64Array {
    return this.#values.subarray(this.#left, this.#right + 1);
  }

  /** True when it has been parted; false after about `most` values, and then it is to go on. */
  goOn(most: number): boolean {
    for (let left = most; left > 0;) {
      if (!this.#isUnderWay && !this.#begin()) return true;
      const before = this.#i - this.#j;
      if (!this.#part(before + left)) return false;
      left -= this.#i - this.#j - before;
      this.#narrow();
    }
    return false;
  }

  /** False when there is nothing left to part. */
  #begin(): boolean {
    const [left, right] = [this.#left, this.#right];
    if (right - left <= FEW || this.#rounds >= MOST_ROUNDS) return false;
    const values = this.#values;
    this.#pivot = medianOf(values[left] as number, values[(left + right) >>> 1] as number, values[right] as number);
    this.#i = left;
    this.#j = right;
    this.#rounds++;
    return (this.#isUnderWay = true);
  }

  /** Hot. False when `i - j`, which grows by one with each value, has come to `until` before the round is over. */
  #part(until: number): boolean {
    const values = this.#values;
    const pivot = this.#pivot;
    let i = this.#i;
    let j = this.#j;
    while (i <= j && i - j < until) {
      while ((values[i] as number) < pivot) i++;
      while ((values[j] as number) > pivot) j--;
      if (i > j) break;
      const value = values[i] as number;
      values[i++] = values[j] as number;
      values[j--] = value;
    }
    this.#i = i;
    this.#j = j;
    return i > j;
  }

  #narrow(): void {
    this.#isUnderWay = false;
    if (this.#k <= this.#j) this.#right = this.#j;
    else if (this.#k >= this.#i) this.#left = this.#i;
    else this.#right = this.#left = this.#k;
  }
}

function medianOf(a: number, b: number, c: number): number {
  if (a < b) return b < c ? b : a < c ? c : a;
  return a < c ? a : b < c ? c : b;
}
