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
  firstsAfter(times, read, 0, hi);
  firstsAfter(times, read, rangeMs, lo);
  return { times, lo, hi };
}

/** Of each step the index of the first time after `beforeMs` before it. Where as many samples lie between two steps as between those before, none of them is looked at. */
function firstsAfter(times: Float64Array, read: Steps, beforeMs: number, into: Int32Array): void {
  const { length } = times;
  let at = 0;
  let advance = 0;
  for (let step = 0; step < into.length; step++) {
    const t = timeOf(read, step) - beforeMs;
    const begun = at;
    if (advance > 0 && at + advance <= length && (times[at + advance - 1] as number) <= t) at += advance;
    while (at < length && (times[at] as number) <= t) at++;
    advance = at - begun;
    into[step] = at;
  }
}
