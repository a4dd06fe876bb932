import { grown } from "../grown-array.ts";

/** The programs of all watched series in one column, so that thousands of rules are read in a row: how many a series has, then their code. The same are there once. */
export class WatchedPrograms {
  code = new Float64Array(0);
  #end = 0;
  /** By slot. */
  readonly #at: number[] = [];
  readonly #known = new Map<string, number>();

  /** Of the next slot. */
  add(programs: readonly Float64Array[]): void {
    const text = Float64Array.of(programs.length, ...programs.flatMap((code) => [...code]));
    const bits = new BigUint64Array(text.buffer).join();
    const at = this.#known.get(bits) ?? this.#end;
    this.#at.push(at);
    if (at < this.#end) return;
    this.#known.set(bits, at);
    this.#end += text.length;
    this.code = grown(this.code, this.#end);
    this.code.set(text, at);
  }

  /** Where those of a slot begin in `code`. */
  at(slot: number): number {
    return this.#at[slot] as number;
  }
}
