/** Aggregations of floats that take one series after the other into columns of the group. Hot: a column add is one plain loop. */
import { type Column, FLOAT } from "../evaluation/steps.ts";
import { meanOf } from "../functions/over-time.ts";
import type { AggregateOp } from "../ast.ts";

/** Takes all members of a group, none of which holds histograms, into `out`. */
type DenseAggregation = (members: readonly Column[], count: number, out: Column) => void;

/** What a group's members add up to so far: the sum of each step, what rounding took from it, and how many it is of. */
interface Sums {
  readonly sums: Float64Array;
  readonly lost: Float64Array;
  readonly present: Int32Array;
}

/** Kahan-Neumaier per step, series in order, as Prometheus adds them. */
function addUp(members: readonly Column[], count: number, out: Column): Int32Array {
  const into: Sums = { sums: out.values, lost: new Float64Array(count), present: new Int32Array(count) };
  const { sums, lost, present } = into;
  const fours = members.length - (members.length % 4);
  for (let at = 0; at < fours; at += 4)
    addFour(members[at] as Column, members[at + 1] as Column, members[at + 2] as Column, members[at + 3] as Column, count, into);
  for (let at = fours; at < members.length; at++) for (let step = 0; step < count; step++) addStep(members[at] as Column, step, into);
  for (let step = 0; step < count; step++) {
    if (present[step] === 0) continue;
    out.kinds[step] = FLOAT;
    if (Number.isFinite(sums[step])) sums[step] = (sums[step] as number) + (lost[step] as number);
  }
  return present;
}

/** What rounding took from `sum + x`. Where that is no finite number it means nothing: no sum after it is one again. */
const lostOf = (sum: number, x: number, total: number): number => (Math.abs(sum) >= Math.abs(x) ? sum - total + x : x - total + sum);

function addStep({ kinds, values }: Column, step: number, { sums, lost, present }: Sums): void {
  if (kinds[step] !== FLOAT) return;
  const x = values[step] as number;
  const sum = sums[step] as number;
  const total = sum + x;
  lost[step] = (lost[step] as number) + lostOf(sum, x, total);
  sums[step] = total;
  present[step] = (present[step] as number) + 1;
}

/** Four at a time, one after the other: what they add up to is fetched and put back once for them. */
function addFour(a: Column, b: Column, c: Column, d: Column, count: number, into: Sums): void {
  const { sums, lost, present } = into;
  const { kinds: kindsA, values: valuesA } = a;
  const { kinds: kindsB, values: valuesB } = b;
  const { kinds: kindsC, values: valuesC } = c;
  const { kinds: kindsD, values: valuesD } = d;
  for (let step = 0; step < count; step++) {
    if (kindsA[step] !== FLOAT || kindsB[step] !== FLOAT || kindsC[step] !== FLOAT || kindsD[step] !== FLOAT) {
      addStep(a, step, into);
      addStep(b, step, into);
      addStep(c, step, into);
      addStep(d, step, into);
      continue;
    }
    const ofA = valuesA[step] as number;
    const ofB = valuesB[step] as number;
    const ofC = valuesC[step] as number;
    const ofD = valuesD[step] as number;
    const before = sums[step] as number;
    const toA = before + ofA;
    const toB = toA + ofB;
    const toC = toB + ofC;
    const toD = toC + ofD;
    // In this order and no other: the sum of what is lost is rounded, too.
    lost[step] = (lost[step] as number) + lostOf(before, ofA, toA) + lostOf(toA, ofB, toB) + lostOf(toB, ofC, toC) + lostOf(toC, ofD, toD);
    sums[step] = toD;
    present[step] = (present[step] as number) + 4;
  }
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
