/**
 * How far series had come before the request that is being written. Late samples are measured from there, not from what the
 * same request brought before them: so does Prometheus, which notes the newest time when it begins to take a request
 * (tsdb/head_append.go, `headMaxt`). Of a series that had nothing no sample of the request is late: -Infinity. Times in ms.
 */
export class NewestBefore {
  readonly #times = new Map<number, number>();

  /** A request begins. */
  begin(): void {
    if (this.#times.size > 0) this.#times.clear();
  }

  /** Of a series that is at `last` now. */
  of(ref: number, last: number): number {
    const known = this.#times.get(ref);
    if (known !== undefined) return known;
    this.#times.set(ref, last);
    return last;
  }
}

/** Of the series in `refs`, by what each had `before` each row of one request. */
export function newestBefore(
  refs: ReadonlySet<number>,
  rows: Int32Array,
  before: Float64Array,
  length: number,
): ReadonlyMap<number, number> {
  const found = new Map<number, number>();
  for (let row = 0; row < length && found.size < refs.size; row++) {
    const ref = rows[row] as number;
    if (refs.has(ref) && !found.has(ref)) found.set(ref, before[row] as number);
  }
  return found;
}
