import type { Pace, Stepwise } from "../evaluation/pace.ts";

/** Up to so many are sorted in one go. */
const RUN = 16_384;
/** To sort a number of a run, and to merge one. */
const SORT_NS = 60;
const MERGE_NS = 5;

/** Sorts the first `n` numbers, none of them NaN: many a run at a time, and then by merging, so that others can go first in between. */
export function* sortFloats(values: Float64Array, n: number, pace: Pace): Stepwise<void> {
  for (let start = 0; start < n; start += RUN) {
    const end = Math.min(n, start + RUN);
    values.subarray(start, end).sort();
    if (pace.spend((end - start) * SORT_NS)) yield;
  }
  if (n <= RUN) return;
  let from = values;
  let to: Float64Array = new Float64Array(n);
  for (let width = RUN; width < n; width *= 2) {
    for (let start = 0; start < n; start += 2 * width) {
      const middle = Math.min(n, start + width);
      const end = Math.min(n, start + 2 * width);
      let left = start;
      let right = middle;
      for (let at = start; at < end;) {
        const until = Math.min(end, at + RUN);
        const before = at;
        for (; at < until; at++) {
          const takesLeft = right >= end || (left < middle && (from[left] as number) <= (from[right] as number));
          to[at] = (takesLeft ? from[left++] : from[right++]) as number;
        }
        if (pace.spend((at - before) * MERGE_NS)) yield;
      }
    }
    [from, to] = [to, from];
  }
  if (from !== values) values.set(from.subarray(0, n));
}
