/** Samples in parallel columns that grow; the first `length` rows count. */
export class SampleColumns {
  refs = new Int32Array(1024);
  times = new Float64Array(1024);
  values = new Float64Array(1024);
  length = 0;

  push(ref: number, tMs: number, value: number): void {
    const at = this.length++;
    if (at === this.refs.length) this.#grow(at + 1);
    this.refs[at] = ref;
    this.times[at] = tMs;
    this.values[at] = value;
  }

  /** Rows of columns of equal length, copied. */
  pushColumns(refs: Int32Array, times: Float64Array, values: Float64Array): void {
    const needed = this.length + refs.length;
    if (needed > this.refs.length) this.#grow(needed);
    this.refs.set(refs, this.length);
    this.times.set(times, this.length);
    this.values.set(values, this.length);
    this.length = needed;
  }

  #grow(needed: number): void {
    const { refs, times, values } = this;
    const room = Math.max(needed, refs.length * 2);
    this.refs = new Int32Array(room);
    this.times = new Float64Array(room);
    this.values = new Float64Array(room);
    this.refs.set(refs);
    this.times.set(times);
    this.values.set(values);
  }
}
