/**
 * The arrays that queries read values into, taken again by the next: new memory is zeroed and its pages are mapped one by one, which
 * takes as long as a tenth of a query over 500 series. All objects of an isolate share what is kept.
 */

/** Values of many series lie in one array of about this length: to make one for each costs more than to fill it. */
export const SLAB_VALUES = 131_072;

/** What a query wanted beyond is garbage after it: 8 MB are 500 series over 8 h. */
const MOST_KEPT = 8;
/** After so long without a query nothing is kept. */
const KEPT_MS = 60_000;

const kept: Float64Array<ArrayBuffer>[] = [];
let lastUse = -Infinity;

/** Whoever reads at the moment. Reading is synchronous, so that there is one. */
let reader: ValueSlabs | null = null;

/** What one query has of them. */
export class ValueSlabs {
  readonly #taken: Float64Array<ArrayBuffer>[] = [];

  take(): Float64Array<ArrayBuffer> {
    const slab = kept.pop() ?? new Float64Array(SLAB_VALUES);
    this.#taken.push(slab);
    return slab;
  }

  giveBack(nowMs: number): void {
    lastUse = nowMs;
    for (const slab of this.#taken.splice(0)) if (kept.length < MOST_KEPT) kept.push(slab);
  }
}

/** What `read` reads lies in these arrays: nobody may look at it after they are given back. */
export function readInto<T>(slabs: ValueSlabs, read: () => T): T {
  const before = reader;
  reader = slabs;
  try {
    return read();
  } finally {
    reader = before;
  }
}

/** An array of `values` or more, with anything in it; of nobody else until the reader gives it back. */
export function roomForValues(values: number): Float64Array<ArrayBuffer> {
  // What a few series take is soon made, and would leave most of a slab empty.
  if (reader === null || values > SLAB_VALUES || values < SLAB_VALUES / 2) return new Float64Array(values);
  return reader.take();
}

/** Lets go of what no query has wanted lately; asked now and then. */
export function dropIdleSlabs(nowMs: number): void {
  if (kept.length > 0 && nowMs - lastUse > KEPT_MS) kept.length = 0;
}

/** Kept for the next query, bytes. */
export const keptSlabBytes = (): number => kept.length * SLAB_VALUES * 8;
