/** Binary operations on columns of floats, step by step. Hot: plain loops over typed arrays. */
import type { Binary } from "../ast.ts";
import { type Column, FLOAT } from "../evaluation/steps.ts";
import { arithmetic, compares, isComparison } from "./operators.ts";

/** `a op b` where both have a float; a filter keeps the value of `keep`. None of them holds histograms, and the operator does not trim. */
export function combineColumns({ op, bool }: Binary, a: Column, b: Column, keep: Column, out: Column): void {
  const comparison = isComparison(op);
  const { kinds, values } = out;
  for (let step = 0; step < kinds.length; step++) {
    if (a.kinds[step] !== FLOAT || b.kinds[step] !== FLOAT) continue;
    const x = a.values[step] as number;
    const y = b.values[step] as number;
    if (!comparison) values[step] = arithmetic(op, x, y);
    else if (bool) values[step] = compares(op, x, y) ? 1 : 0;
    else if (compares(op, x, y)) values[step] = keep.values[step] as number;
    else continue;
    kinds[step] = FLOAT;
  }
}

/** The same with a scalar per step on the right, or on the left where `swapped`; a filter keeps the column's value. */
export function combineWithScalars({ op, bool }: Binary, column: Column, scalars: Float64Array, swapped: boolean, out: Column): void {
  const comparison = isComparison(op);
  const { kinds, values } = out;
  for (let step = 0; step < kinds.length; step++) {
    if (column.kinds[step] !== FLOAT) continue;
    const own = column.values[step] as number;
    const scalar = scalars[step] as number;
    const x = swapped ? scalar : own;
    const y = swapped ? own : scalar;
    if (!comparison) values[step] = arithmetic(op, x, y);
    else if (bool) values[step] = compares(op, x, y) ? 1 : 0;
    else if (compares(op, x, y)) values[step] = own;
    else continue;
    kinds[step] = FLOAT;
  }
}
