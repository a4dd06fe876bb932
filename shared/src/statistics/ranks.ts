import { medianAbsoluteDeviation } from "simple-statistics";

/** Ranks from 1; equal values share their mean rank. */
export function midranks(values: ArrayLike<number>): Float64Array {
  const n = values.length;
  const order = Array.from({ length: n }, (_, i) => i).sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0));
  const ranks = new Float64Array(n);
  for (let from = 0; from < n;) {
    let to = from + 1;
    while (to < n && values[order[to] ?? 0] === values[order[from] ?? 0]) to++;
    for (let i = from; i < to; i++) ranks[order[i] ?? 0] = (from + to + 1) / 2;
    from = to;
  }
  return ranks;
}

/** Sizes of the groups of equal values that have more than one. */
export function tieSizes(values: ArrayLike<number>): number[] {
  const sorted = Float64Array.from(values).sort();
  const sizes: number[] = [];
  for (let from = 0; from < sorted.length;) {
    let to = from + 1;
    while (to < sorted.length && sorted[to] === sorted[from]) to++;
    if (to - from > 1) sizes.push(to - from);
    from = to;
  }
  return sizes;
}

/** Where so many pairs are as good as equal, by what share of the usual deviation, medians tell nothing of the mean. */
const [TIED, AS_GOOD_AS_EQUAL] = [0.1, 0.02];

/** Of small whole numbers, of what is mostly nothing, and of the rates of counters that seldom count, which differ in their last digits. */
export function tieOften(values: Float64Array): boolean {
  const grain = values.length === 0 ? 0 : AS_GOOD_AS_EQUAL * medianAbsoluteDeviation(values as unknown as number[]);
  const sizes = tieSizes(grain > 0 ? values.map((value) => Math.round(value / grain)) : values);
  return sizes.reduce((sum, size) => sum + size * (size - 1), 0) > TIED * values.length * (values.length - 1);
}
