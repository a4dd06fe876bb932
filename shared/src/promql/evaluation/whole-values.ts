/** What is done to a value as it stands. */
import { scaleHistogram } from "../histogram/arithmetic.ts";
import { putMade } from "./made-histograms.ts";
import type { Pace, Stepwise } from "./pace.ts";
import { ABSENT, type Column, newColumn, type Value } from "./steps.ts";

/** A value of one step as the value of all. */
export function broadcast(value: Value, count: number): Value {
  if (value.type === "scalar") return { type: "scalar", values: new Float64Array(count).fill(value.values[0] ?? 0) };
  if (value.type === "string") return value;
  const columns = value.columns.map((column) => {
    const out = newColumn(column.labels, count, column.dropName);
    out.kinds.fill(column.kinds[0] ?? ABSENT);
    out.values.fill(column.values[0] ?? 0);
    const histogram = column.histograms?.[0];
    if (histogram !== undefined) out.histograms = Array.from({ length: count }, () => histogram);
    return out;
  });
  return { ...value, columns };
}

export function* negate(value: Value, op: "+" | "-", pace: Pace): Stepwise<Value> {
  if (op === "+") return value;
  if (value.type === "scalar") return { type: "scalar", values: value.values.map((x) => -x) };
  if (value.type === "string") return value;
  const columns: Column[] = [];
  for (const { labels, kinds, values, histograms = [] } of value.columns) {
    const out: Column = { labels, kinds, values: values.map((x) => -x), dropName: true };
    for (const [step, h] of histograms.entries()) if (h !== undefined && putMade(out, step, scaleHistogram(h, -1), pace)) yield;
    columns.push(out);
  }
  return { type: "vector", columns };
}
