/**
 * When the oldest packed sample of each series was, ms, so that a series is not listed of a time before it came. What is not
 * packed yet is known by `Head.firstTime`, see `query/label-reads.ts`.
 */
export class FirstTimes {
  /** By ref. */
  #times = new Float64Array(0);
  /** Of series beyond those: Infinity where nothing of them was packed, -Infinity where that is not known. */
  #otherwise: number;

  /** `packed`: there are samples of which this would tell, and it has not been read yet. */
  constructor(packed: boolean) {
    this.#otherwise = packed ? -Infinity : Infinity;
  }

  /** Infinity for a series of which nothing is packed, -Infinity for one of which it is not known. */
  of(ref: number): number {
    return this.#times[ref] ?? this.#otherwise;
  }

  note(ref: number, t: number): void {
    if (ref >= this.#times.length) this.#grow(ref + 1);
    if (t < (this.#times[ref] as number)) this.#times[ref] = t;
  }

  #grow(series: number): void {
    const grown = new Float64Array(Math.max(series, this.#times.length * 2, 256)).fill(this.#otherwise);
    grown.set(this.#times);
    this.#times = grown;
  }

  /** Of the first `end` series. */
  column(end: number): Float64Array {
    if (end > this.#times.length) this.#grow(end);
    return this.#times.slice(0, end);
  }

  /** As they were written; what came since is not packed. */
  load(times: Float64Array<ArrayBuffer>): void {
    this.#times = times;
    this.#otherwise = Infinity;
  }
}
