/** Rows that one request carries from part to part without new memory. */
const USUAL_ROWS = 65_536;

/**
 * How far series had come before the request that is being written. Late samples are measured from there, not from what the
 * same request brought before them: so does Prometheus, which notes the newest time when it begins to take a request
 * (tsdb/head_append.go, `headMaxt`). Of a series that had nothing no sample of the request is late: -Infinity. Times in ms.
 *
 * A series' newest time only ever grows, so that the least that any part of the request found is where it stood before.
 */
export class NewestBefore {
  readonly #times = new Map<number, number>();
  // Rows of parts written before, which are looked into once a sample is late.
  #refs = new Int32Array(0);
  #before = new Float64Array(0);
  #length = 0;

  /** A request begins. */
  begin(): void {
    if (this.#times.size > 0) this.#times.clear();
    this.#length = 0;
    if (this.#refs.length > USUAL_ROWS) this.#resize(0);
  }

  /** Columns were written whose rows found their series at `before`, and the request has more. */
  carry(refs: Int32Array, before: Float64Array, length: number): void {
    const rows = this.#length + length;
    if (rows > this.#refs.length) this.#resize(Math.max(rows, this.#refs.length * 2));
    this.#refs.set(refs.subarray(0, length), this.#length);
    this.#before.set(before.subarray(0, length), this.#length);
    this.#length = rows;
  }

  /** A sample is brought, by itself, to a series that is at `last` now; what was found of the series so far. */
  found(ref: number, last: number): number {
    const known = this.#times.get(ref);
    if (known !== undefined) return known;
    this.#times.set(ref, last);
    return last;
  }

  /** Of a series that is at `last` now, and has a sample too late for that. */
  of(ref: number, last: number): number {
    for (let row = 0; row < this.#length; row++) {
      const at = this.#refs[row] as number;
      const before = this.#before[row] as number;
      if (at >= 0 && before < (this.#times.get(at) ?? Infinity)) this.#times.set(at, before);
    }
    this.#length = 0;
    return Math.min(this.#times.get(ref) ?? last, last);
  }

  #resize(rows: number): void {
    const refs = this.#refs.subarray(0, this.#length);
    const before = this.#before.subarray(0, this.#length);
    this.#refs = new Int32Array(rows);
    this.#before = new Float64Array(rows);
    this.#refs.set(refs);
    this.#before.set(before);
  }
}
