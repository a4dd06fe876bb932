/** The newest samples of one watched series, oldest first: what range functions in streaming rules look at, exactly. */
export class SampleRing {
  /** Time and value by turns; as many places as a power of two. */
  #cells = new Float64Array(32);
  #mask = 15;
  #head = 0;
  /** Sum of the values that were followed by a smaller one, and how many there are: a counter's growth that its resets hide. */
  #dropped = 0;
  #drops = 0;
  length = 0;
  readonly rangeMs: number;

  constructor(rangeMs: number) {
    this.rangeMs = rangeMs;
  }

  /** A sample of any time: a late one takes its place, one of the same time is replaced, and one too old for the range is left out. */
  put(tMs: number, value: number): void {
    const newest = this.#newest;
    if (tMs > newest) this.push(tMs, value);
    else if (tMs > newest - this.rangeMs) this.#refill([[tMs, value]], tMs);
  }

  /** What was of this time is no sample any more. */
  remove(tMs: number): void {
    if (tMs <= this.#newest) this.#refill([], tMs);
  }

  get #newest(): number {
    return this.length === 0 ? -Infinity : this.time(this.length - 1);
  }

  /** Late samples are few: all are taken out and put back with what is of this time now. */
  #refill(now: readonly (readonly [t: number, value: number])[], tMs: number): void {
    const samples = Array.from({ length: this.length }, (_, i) => [this.time(i), this.value(i)] as const);
    this.#head = this.#dropped = this.#drops = this.length = 0;
    const [before, after] = [samples.filter(([t]) => t < tMs), samples.filter(([t]) => t > tMs)];
    for (const [t, value] of [...before, ...now, ...after]) this.push(t, value);
  }

  /** A sample newer than all others. */
  push(tMs: number, value: number): void {
    const until = tMs - this.rangeMs;
    while (this.length > 0 && (this.#cells[this.#head * 2] as number) <= until) this.#evict();
    if (this.length > this.#mask) this.#grow();
    if (this.length > 0) {
      const before = this.value(this.length - 1);
      if (value < before) {
        this.#dropped += before;
        this.#drops++;
      }
    }
    const at = ((this.#head + this.length) & this.#mask) * 2;
    this.#cells[at] = tMs;
    this.#cells[at + 1] = value;
    this.length++;
  }

  #evict(): void {
    const first = this.#cells[this.#head * 2 + 1] as number;
    this.#head = (this.#head + 1) & this.#mask;
    this.length--;
    if (this.length > 0 && (this.#cells[this.#head * 2 + 1] as number) < first) {
      this.#drops--;
      // With the last of them go the rounding errors of all.
      this.#dropped = this.#drops === 0 ? 0 : this.#dropped - first;
    }
  }

  time(i: number): number {
    return this.#cells[((this.#head + i) & this.#mask) * 2] as number;
  }

  value(i: number): number {
    return this.#cells[((this.#head + i) & this.#mask) * 2 + 1] as number;
  }

  /** Growth from sample `first` to the newest, read as a counter. */
  growth(first: number): number {
    const last = this.length - 1;
    let growth = this.value(last) - this.value(first);
    if (first === 0) return growth + this.#dropped;
    for (let i = first + 1; i <= last; i++) if (this.value(i) < this.value(i - 1)) growth += this.value(i - 1);
    return growth;
  }

  /** Index of the first sample newer than `tMs`. */
  firstAfter(tMs: number): number {
    let i = 0;
    while (i < this.length && this.time(i) <= tMs) i++;
    return i;
  }

  #grow(): void {
    const cells = new Float64Array(this.#cells.length * 2);
    for (let i = 0; i < this.length; i++) {
      cells[i * 2] = this.time(i);
      cells[i * 2 + 1] = this.value(i);
    }
    this.#cells = cells;
    this.#mask = cells.length / 2 - 1;
    this.#head = 0;
  }
}
