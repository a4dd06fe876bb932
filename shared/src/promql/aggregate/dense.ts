/** Aggregations of floats that take one series after the other into columns of the group. Hot: a column add is one plain loop. */
import { type Column, FLOAT } from "../evaluation/steps.ts";
import { meanOf } from "../functions/over-time.ts";
import type { AggregateOp } from "../ast.ts";

/** Takes all members of a group, none of which holds histograms, into `out`. */
type DenseAggregation = (members: readonly Column[], count: number, out: Column) => void;

/** Kahan-Neumaier per step, series in order, as Prometheus adds them. */
function addUp(members: readonly Column[], count: number, out: Column): Int32Array {
  const sums = out.values;
  const lost = new Float64Array(count);
  const present = new Int32Array(count);
  for (const { kinds, values } of members) {
    for (let step = 0; step < count; step++) {
      if (kinds[step] !== FLOAT) continue;
      const x = values[step] as number;
      const sum = sums[step] as number;
      const t = sum + x;
      // Neither infinity nor NaN.
      if (t - t !== 0) lost[step] = 0;
      else lost[step] = (lost[step] as number) + (Math.abs(sum) >= Math.abs(x) ? sum - t + x : x - t + sum);
      sums[step] = t;
      present[step] = (present[step] as number) + 1;
    }
  }
  for (let step = 0; step < count; step++) {
    if (present[step] === 0) continue;
    out.kinds[step] = FLOAT;
    if (Number.isFinite(sums[step])) sums[step] = (sums[step] as number) + (lost[step] as number);
  }
  return present;
}

const sum: DenseAggregation = (members, count, out) => void addUp(members, count, out);

const avg: DenseAggregation = (members, count, out) => {
  const present = addUp(members, count, out);
  for (let step = 0; step < count; step++) {
    const n = present[step] as number;
    if (n === 0) continue;
    if (Number.isFinite(out.values[step])) out.values[step] = (out.values[step] as number) / n;
    else out.values[step] = meanOf(valuesAt(members, step, n), 0, n);
  }
};

function valuesAt(members: readonly Column[], step: number, n: number): Float64Array {
  const values = new Float64Array(n);
  let at = 0;
  for (const member of members) if (member.kinds[step] === FLOAT) values[at++] = member.values[step] ?? 0;
  return values;
}

const count: DenseAggregation = (members, steps, out) => {
  for (const { kinds } of members) {
    for (let step = 0; step < steps; step++) {
      if (kinds[step] !== FLOAT) continue;
      out.kinds[step] = FLOAT;
      out.values[step] = (out.values[step] as number) + 1;
    }
  }
};

const group: DenseAggregation = (members, steps, out) => {
  for (const { kinds } of members) {
    for (let step = 0; step < steps; step++) {
      if (kinds[step] !== FLOAT) continue;
      out.kinds[step] = FLOAT;
      out.values[step] = 1;
    }
  }
};

const extreme =
  (sign: 1 | -1): DenseAggregation =>
  (members, steps, out) => {
    const best = out.values;
    for (const { kinds, values } of members) {
      for (let step = 0; step < steps; step++) {
        if (kinds[step] !== FLOAT) continue;
        const x = values[step] as number;
        const before = best[step] as number;
        if (out.kinds[step] !== FLOAT || x * sign > before * sign || before !== before) best[step] = x;
        out.kinds[step] = FLOAT;
      }
    }
  };

/** Welford's method, one series after the other. */
const variance =
  (root: boolean): DenseAggregation =>
  (members, steps, out) => {
    const squares = out.values;
    const means = new Float64Array(steps);
    const present = new Int32Array(steps);
    for (const { kinds, values } of members) {
      for (let step = 0; step < steps; step++) {
        if (kinds[step] !== FLOAT) continue;
        const x = values[step] as number;
        const n = (present[step] as number) + 1;
        const delta = x - (means[step] as number);
        const mean = (means[step] as number) + delta / n;
        present[step] = n;
        means[step] = mean;
        squares[step] = (squares[step] as number) + delta * (x - mean);
      }
    }
    for (let step = 0; step < steps; step++) {
      const n = present[step] as number;
      if (n === 0) continue;
      out.kinds[step] = FLOAT;
      const value = (squares[step] as number) / n;
      squares[step] = root ? Math.sqrt(value) : value;
    }
  };

const AGGREGATIONS: Partial<Record<AggregateOp, DenseAggregation>> = {
  sum,
  avg,
  count,
  group,
  min: extreme(-1),
  max: extreme(1),
  stddev: variance(true),
  stdvar: variance(false),
};

export const denseAggregation = (op: AggregateOp): DenseAggregation | undefined => AGGREGATIONS[op];
