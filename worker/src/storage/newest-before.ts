/**
 * How far series had come before the request that is being written. Late samples are measured from there, not from what the
 * same request brought before them: so does Prometheus, which notes the newest time when it begins to take a request
 * (tsdb/head_append.go, `headMaxt`). A series that had nothing begins with the first sample of it that is taken. Times in ms.
 */
export class NewestBefore {
  readonly #times = new Map<number, number>();

  /** A request begins. */
  begin(): void {
    if (this.#times.size > 0) this.#times.clear();
  }

  /** Of a series that is at `last` now and is brought a sample of the time `t`. */
  of(ref: number, t: number, last: number): number {
    const known = this.#times.get(ref);
    if (known !== undefined) return known;
    const since = last === -Infinity ? t : last;
    this.#times.set(ref, since);
    return since;
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
    const last = before[row] as number;
    if (last !== -Infinity && refs.has(ref) && !found.has(ref)) found.set(ref, last);
  }
  return found;
}
