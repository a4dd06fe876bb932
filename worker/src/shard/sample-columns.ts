/** Samples in parallel columns that grow; the first `length` rows count. */
export class SampleColumns {
  refs = new Int32Array(1024);
  times = new Float64Array(1024);
  values = new Float64Array(1024);
  length = 0;

  push(ref: number, tMs: number, value: number): void {
    const at = this.length++;
    if (at === this.refs.length) this.#grow();
    this.refs[at] = ref;
    this.times[at] = tMs;
    this.values[at] = value;
  }

  #grow(): void {
    const { refs, times, values } = this;
    this.refs = new Int32Array(refs.length * 2);
    this.times = new Float64Array(refs.length * 2);
    this.values = new Float64Array(refs.length * 2);
    this.refs.set(refs);
    this.times.set(times);
    this.values.set(values);
  }
}
