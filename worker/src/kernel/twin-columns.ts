/** Runs of samples that wait for a label set's ref. */
interface UnknownSet {
  readonly entry: number;
  readonly runs: number[];
}

/** Columns of samples that grow, and the label sets that could not be named. */
export class SampleColumns {
  refs = new Int32Array(4096);
  times = new Float64Array(4096);
  values = new Float64Array(4096);
  /** The values' bits: moved as integers, no NaN can lose any. */
  bits = new Int32Array(this.values.buffer);
  count = 0;
  /** Fields left to others: where each begins and ends. */
  readonly aside: (readonly [from: number, end: number])[] = [];
  readonly unknown: UnknownSet[] = [];

  clear(): void {
    this.count = 0;
    this.unknown.length = 0;
    this.aside.length = 0;
  }

  /** Adds a sample; its ref follows when its series is known. */
  push(low: number, high: number, time: number): void {
    if (this.count === this.refs.length) this.#grow();
    const at = this.count++;
    this.times[at] = time;
    this.bits[at * 2] = low;
    this.bits[at * 2 + 1] = high;
  }

  wait(i: number, start: number): void {
    this.unknown[i]?.runs.push(start, this.count);
    this.refs.fill(-1 - i, start, this.count);
  }

  name(i: number, ref: number): void {
    const runs = this.unknown[i]?.runs ?? [];
    for (let k = 0; k < runs.length; k += 2) this.refs.fill(ref, runs[k], runs[k + 1]);
  }

  #grow(): void {
    const refs = new Int32Array(this.refs.length * 2);
    refs.set(this.refs);
    const times = new Float64Array(refs.length);
    times.set(this.times);
    const bits = new Int32Array(refs.length * 2);
    bits.set(this.bits);
    this.refs = refs;
    this.times = times;
    this.bits = bits;
    this.values = new Float64Array(bits.buffer);
  }
}
