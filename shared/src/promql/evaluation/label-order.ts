import type { Labels } from "../../model/labels.ts";

/** Prometheus's order of label sets: pair by pair, names then values, by code unit; a prefix comes first. */
export function compareLabels(a: Labels, b: Labels): number {
  return compareNamed(a, Object.keys(a).sort(), b, Object.keys(b).sort());
}

function compareNamed(a: Labels, left: readonly string[], b: Labels, right: readonly string[]): number {
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

/** Series in the order of their labels; each label set's names are sorted once. */
export function sortByLabels<T extends { readonly labels: Labels }>(list: readonly T[]): T[] {
  const keyed = list.map((item) => ({ item, names: Object.keys(item.labels).sort() }));
  keyed.sort((a, b) => compareNamed(a.item.labels, a.names, b.item.labels, b.names));
  return keyed.map(({ item }) => item);
}
