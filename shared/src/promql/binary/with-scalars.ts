import type { Binary } from "../ast.ts";
import type { Annotations } from "../evaluation/annotations.ts";
import { putMade } from "../evaluation/made-histograms.ts";
import { type Pace, SERIES_NS, type Stepwise } from "../evaluation/pace.ts";
import { ABSENT, type Column, FLOAT, isEmpty, newColumn, putFloat } from "../evaluation/steps.ts";
import { combineWithScalars } from "./columns.ts";
import { dropsName, isTrim } from "./operators.ts";
import { combineSamples } from "./samples.ts";

const STEP_NS = 12;

/** Each column with the scalar of each step; `swapped` where the scalar is on the left. */
export function* withScalars(
  node: Binary,
  columns: readonly Column[],
  scalars: Float64Array,
  swapped: boolean,
  notes: Annotations,
  pace: Pace,
): Stepwise<Column[]> {
  const count = scalars.length;
  const dropName = dropsName(node);
  const trims = isTrim(node.op);
  const out: Column[] = [];
  for (const column of columns) {
    if (pace.spend(SERIES_NS + count * STEP_NS)) yield;
    const target = newColumn(column.labels, count, dropName || column.dropName);
    if (column.histograms === undefined && !trims) {
      combineWithScalars(node, column, scalars, swapped, target);
      if (!isEmpty(target)) out.push(target);
      continue;
    }
    for (let step = 0; step < count; step++) {
      const kind = column.kinds[step];
      if (kind === ABSENT) continue;
      const sample = kind === FLOAT ? (column.values[step] ?? 0) : column.histograms?.[step];
      if (sample === undefined) continue;
      const scalar = scalars[step] ?? 0;
      const value = combineSamples(node, swapped ? scalar : sample, swapped ? sample : scalar, sample, notes);
      if (typeof value === "number") putFloat(target, step, value);
      else if (value !== undefined && putMade(target, step, value, pace)) yield;
    }
    if (!isEmpty(target)) out.push(target);
  }
  return out;
}
