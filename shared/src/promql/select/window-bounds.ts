/** Where the windows of all steps begin and end in a series' samples. Series scraped together share them. */
import { type Steps, timeOf } from "../evaluation/steps.ts";

export interface WindowBounds {
  readonly times: Float64Array;
  /** Samples lo[step]…hi[step]-1 lie in the step's window. */
  readonly lo: Int32Array;
  readonly hi: Int32Array;
}

function sameTimes(a: Float64Array, b: Float64Array): boolean {
  const n = a.length;
  if (n !== b.length || a[0] !== b[0] || a[n - 1] !== b[n - 1]) return false;
  for (let i = 1; i < n; i++) if (a[i] !== b[i]) return false;
  return true;
}

/**
 * `before`: the bounds of the series before over the same steps and range, taken again where the times are the same. Storage reads some
 * series at a time, and those that are read together have one array of times: it is compared with that of the ones before once.
 */
export function windowBounds(times: Float64Array, read: Steps, rangeMs: number, before: WindowBounds | undefined): WindowBounds {
  if (before?.times === times) return before;
  if (before !== undefined && sameTimes(before.times, times)) return { times, lo: before.lo, hi: before.hi };
  const { count } = read;
  const lo = new Int32Array(count);
  const hi = new Int32Array(count);
  let from = 0;
  let to = 0;
  for (let step = 0; step < count; step++) {
    const end = timeOf(read, step);
    const start = end - rangeMs;
    while (to < times.length && (times[to] as number) <= end) to++;
    while (from < to && (times[from] as number) <= start) from++;
    lo[step] = from;
    hi[step] = to;
  }
  return { times, lo, hi };
}
