/** What is done to a value as it stands. */
import { scaleHistogram } from "../histogram/arithmetic.ts";
import { ABSENT, newColumn, type Value } from "./steps.ts";

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

export function negate(value: Value, op: "+" | "-"): Value {
  if (op === "+") return value;
  if (value.type === "scalar") return { type: "scalar", values: value.values.map((x) => -x) };
  if (value.type === "string") return value;
  return {
    type: "vector",
    columns: value.columns.map((column) => ({
      ...column,
      dropName: true,
      values: column.values.map((x) => -x),
      ...(column.histograms === undefined
        ? {}
        : { histograms: column.histograms.map((h) => (h === undefined ? undefined : scaleHistogram(h, -1))) }),
    })),
  };
}
