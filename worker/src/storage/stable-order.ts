/**
 * The order that sorts times, equal ones as they stand: natural merge sort (Knuth, TAOCP 3, 5.2.4). What is to be sorted is a few
 * stretches that ascend already, and costs a comparison for each sample and doubling of their number. Hot path: plain loops.
 */
export function stableOrder(times: Float64Array, length: number): Uint32Array {
  let from = new Uint32Array(length);
  for (let i = 0; i < length; i++) from[i] = i;
  let ends: number[] = [];
  for (let i = 1; i < length; i++) if ((times[i] as number) < (times[i - 1] as number)) ends.push(i);
  ends.push(length);
  if (ends.length === 1) return from;
  let to = new Uint32Array(length);
  while (ends.length > 1) {
    const joined: number[] = [];
    for (let i = 0, start = 0; i < ends.length; i += 2) {
      const middle = ends[i] as number;
      const end = ends[i + 1] ?? middle;
      merge(times, from, to, start, middle, end);
      joined.push(end);
      start = end;
    }
    [from, to] = [to, from];
    ends = joined;
  }
  return from;
}

/** Puts from[start … middle) and from[middle … end), each in order, together in `to`. */
function merge(times: Float64Array, from: Uint32Array, to: Uint32Array, start: number, middle: number, end: number): void {
  let left = start;
  let right = middle;
  for (let at = start; at < end; at++) {
    const takeLeft = right >= end || (left < middle && (times[from[left] as number] as number) <= (times[from[right] as number] as number));
    to[at] = from[takeLeft ? left++ : right++] as number;
  }
}
