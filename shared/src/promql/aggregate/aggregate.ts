import { METRIC_NAME, seriesKey } from "../../model/labels.ts";
import type { Aggregate } from "../ast.ts";
import type { Annotations } from "../evaluation/annotations.ts";
import { ABSENT, type Column, FLOAT, isEmpty, newColumn, putFloat } from "../evaluation/steps.ts";
import { formatFloat } from "../json/float-format.ts";
import { formatHistogram } from "../json/histogram-text.ts";
import { checkParameter, chooseFromGroup } from "./choose.ts";
import { groupColumns, groupLabels } from "./grouping.ts";
import { reduceGroup } from "./reduce.ts";

export function aggregate(
  node: Aggregate,
  columns: readonly Column[],
  count: number,
  param: Float64Array | undefined,
  label: string | undefined,
  notes: Annotations,
): Column[] {
  if (node.op === "count_values") return countValues(node, columns, count, label ?? "");
  if (node.op === "quantile" && param !== undefined && columns.length > 0) {
    for (const q of param) {
      if (!(q >= 0 && q <= 1)) notes.warn(`quantile value should be between 0 and 1, got ${formatFloat(q)}`, node.param?.span ?? node.span);
    }
  }
  if (param !== undefined) checkParameter(node.op, param);
  const groups = groupColumns(node, columns);
  if (node.op === "topk" || node.op === "bottomk" || node.op === "limitk" || node.op === "limit_ratio") {
    return groups.flatMap((group) => chooseFromGroup(node, group, count, param ?? new Float64Array(count), notes));
  }
  return groups.map((group) => reduceGroup(node, group, count, param, notes)).filter((column) => !isEmpty(column));
}

function countValues(node: Aggregate, columns: readonly Column[], count: number, label: string): Column[] {
  const out = new Map<string, Column>();
  for (const column of columns) {
    const base = groupLabels(node, column.labels);
    for (let step = 0; step < count; step++) {
      const kind = column.kinds[step];
      if (kind === ABSENT) continue;
      const histogram = column.histograms?.[step];
      const value = kind === FLOAT || histogram === undefined ? formatFloat(column.values[step] ?? 0) : formatHistogram(histogram);
      const labels = { ...base, [label]: value };
      const key = seriesKey(labels);
      let target = out.get(key);
      if (target === undefined) out.set(key, (target = newColumn(labels, count, label === METRIC_NAME ? false : column.dropName)));
      putFloat(target, step, (target.values[step] ?? 0) + 1);
    }
  }
  return [...out.values()];
}
