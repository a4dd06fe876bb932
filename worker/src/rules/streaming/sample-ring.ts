/** The newest samples of one watched series, oldest first: what range functions in streaming rules look at, exactly. */
export class SampleRing {
  #times = new Float64Array(16);
  #values = new Float64Array(16);
  #head = 0;
  length = 0;
  readonly rangeMs: number;

  constructor(rangeMs: number) {
    this.rangeMs = rangeMs;
  }

  push(tMs: number, value: number): void {
    while (this.length > 0 && this.time(0) <= tMs - this.rangeMs) {
      this.#head = (this.#head + 1) % this.#times.length;
      this.length--;
    }
    if (this.length === this.#times.length) this.#grow();
    const at = (this.#head + this.length) % this.#times.length;
    this.#times[at] = tMs;
    this.#values[at] = value;
    this.length++;
  }

  time(i: number): number {
    return this.#times[(this.#head + i) % this.#times.length] as number;
  }

  value(i: number): number {
    return this.#values[(this.#head + i) % this.#values.length] as number;
  }

  /** Index of the first sample newer than `tMs`. */
  firstAfter(tMs: number): number {
    let i = 0;
    while (i < this.length && this.time(i) <= tMs) i++;
    return i;
  }

  #grow(): void {
    const times = new Float64Array(this.#times.length * 2);
    const values = new Float64Array(times.length);
    for (let i = 0; i < this.length; i++) {
      times[i] = this.time(i);
      values[i] = this.value(i);
    }
    this.#times = times;
    this.#values = values;
    this.#head = 0;
  }
}
