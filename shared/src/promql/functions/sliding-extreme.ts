/** Minima and maxima of sliding windows: a queue of the samples that no later one has beaten yet. */
import type { FloatColumn } from "./float-windows.ts";

/** NaN counts only where a window holds nothing else, as in Prometheus. With `time` when it was, s: of equal ones the last. */
export function slidingExtreme(sign: 1 | -1, time: boolean): FloatColumn {
  let queue = new Int32Array(0);
  return ({ floats, bounds, read }, values, kinds) => {
    const { lo, hi } = bounds;
    if (queue.length < floats.length) queue = new Int32Array(floats.length);
    let head = 0;
    let tail = 0;
    let next = 0;
    for (let step = 0; step < read.count; step++) {
      const from = lo[step] as number;
      const to = hi[step] as number;
      if (next < from) next = from;
      for (; next < to; next++) {
        const x = floats[next] as number;
        if (x !== x) continue;
        while (tail > head && (floats[queue[tail - 1] as number] as number) * sign <= x * sign) tail--;
        queue[tail++] = next;
      }
      if (from === to) continue;
      while (head < tail && (queue[head] as number) < from) head++;
      const at = head < tail ? (queue[head] as number) : to - 1;
      values[step] = time ? (bounds.times[at] as number) / 1000 : (floats[at] as number);
      kinds[step] = 1;
    }
  };
}
