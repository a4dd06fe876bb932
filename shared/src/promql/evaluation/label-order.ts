import type { Labels } from "../../model/labels.ts";
import { compareText, sortTexts } from "../../model/text-order.ts";
import { type Pace, SERIES_NS, sortStepwise, type Stepwise } from "./pace.ts";

/** Prometheus's order of label sets: pair by pair, names then values; a prefix comes first. */
export function compareLabels(a: Labels, b: Labels): number {
  return compareNamed(a, sortTexts(Object.keys(a)), b, sortTexts(Object.keys(b)));
}

function compareNamed(a: Labels, left: readonly string[], b: Labels, right: readonly string[]): number {
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const x = left[i] ?? "";
    const y = right[i] ?? "";
    if (x !== y) return compareText(x, y);
    const va = a[x] ?? "";
    const vb = b[y] ?? "";
    if (va !== vb) return compareText(va, vb);
  }
  return left.length - right.length;
}

/** Series in the order of their labels; each label set's names are sorted once. */
export function* sortByLabels<T extends { readonly labels: Labels }>(list: readonly T[], pace: Pace): Stepwise<T[]> {
  if (list.length < 2) return [...list];
  const keyed: { readonly item: T; readonly names: readonly string[] }[] = [];
  for (const item of list) {
    keyed.push({ item, names: sortTexts(Object.keys(item.labels)) });
    if (pace.spend(SERIES_NS)) yield;
  }
  const sorted = yield* sortStepwise(keyed, (a, b) => compareNamed(a.item.labels, a.names, b.item.labels, b.names), pace);
  return sorted.map(({ item }) => item);
}
