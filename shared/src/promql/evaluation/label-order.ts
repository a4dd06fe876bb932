import type { Labels } from "../../model/labels.ts";

/** Prometheus's order of label sets: pair by pair, names then values, by code unit; a prefix comes first. */
export function compareLabels(a: Labels, b: Labels): number {
  const left = Object.keys(a).sort();
  const right = Object.keys(b).sort();
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const x = left[i] ?? "";
    const y = right[i] ?? "";
    if (x !== y) return x < y ? -1 : 1;
    const va = a[x] ?? "";
    const vb = b[y] ?? "";
    if (va !== vb) return va < vb ? -1 : 1;
  }
  return left.length - right.length;
}
