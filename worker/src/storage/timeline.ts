/**
 * The times of series that are gathered together. Series of one sender share their clock: those that are given equal
 * columns of times in the same order stand on the same timeline, and their times are put together once.
 */
export class Timeline {
  readonly length: number;
  /** A column does not begin after the end of the one before it. */
  readonly unsorted: boolean;
  readonly #before: Timeline | null;
  /** The newest column; not to be changed. */
  readonly #column: Float64Array;
  /** What the last series went on with; a series that goes another way takes the place. */
  #next: Timeline | null = null;
  /** What `#next` was last recognised by, when that stays as it is. */
  #known: Float64Array | null = null;
  #knownFrom = 0;
  #whole: Float64Array | null = null;

  constructor(before: Timeline | null = null, column: Float64Array = new Float64Array(0)) {
    const last = before?.last ?? -Infinity;
    this.#before = before;
    this.#column = column;
    this.length = (before?.length ?? 0) + column.length;
    this.unsorted = before?.unsorted === true || (column[0] ?? Infinity) <= last;
  }

  get last(): number {
    return this.#column[this.#column.length - 1] ?? -Infinity;
  }

  /** With times[from … to) after it, which is not empty; `lasting` when nobody writes to the column again. */
  extended(times: Float64Array, from: number, to: number, lasting: boolean): Timeline {
    const next = this.#next;
    if (next !== null && to - from === next.#column.length) {
      if (this.#known === times && this.#knownFrom === from) return next;
      if (next.#endsWith(times, from)) {
        this.#recognise(times, from, lasting);
        return next;
      }
    }
    const column = !lasting ? times.slice(from, to) : from === 0 && to === times.length ? times : times.subarray(from, to);
    const made = new Timeline(this.length === 0 ? null : this, column);
    this.#next = made;
    this.#recognise(times, from, lasting);
    return made;
  }

  #recognise(times: Float64Array, from: number, lasting: boolean): void {
    this.#known = lasting ? times : null;
    this.#knownFrom = from;
  }

  #endsWith(times: Float64Array, from: number): boolean {
    const column = this.#column;
    for (let i = column.length - 1; i >= 0; i--) if (column[i] !== times[from + i]) return false;
    return true;
  }

  /** All of them, oldest first; shared, not to be changed. */
  times(): Float64Array {
    if (this.#before === null) return this.#column;
    if (this.#whole !== null) return this.#whole;
    const whole = new Float64Array(this.length);
    let start = this.#before.length;
    whole.set(this.#column, start);
    for (let line: Timeline | null = this.#before; line !== null; line = line.#before) {
      start -= line.#column.length;
      whole.set(line.#column, start);
    }
    this.#whole = whole;
    return whole;
  }
}
