import { METRIC_NAME, seriesKey } from "../../model/labels.ts";
import type { Aggregate } from "../ast.ts";
import type { Annotations } from "../evaluation/annotations.ts";
import { isMetadataLabel } from "../evaluation/metadata-labels.ts";
import { workOn } from "../evaluation/made-histograms.ts";
import { type Pace, SERIES_NS, type Stepwise } from "../evaluation/pace.ts";
import { hasName } from "../evaluation/pick-labels.ts";
import { ABSENT, type Column, FLOAT, isEmpty, newColumn, putFloat } from "../evaluation/steps.ts";
import { formatFloat, formatFloatShort } from "../json/float-format.ts";
import { formatHistogram } from "../json/histogram-text.ts";
import { checkParameter, chooseFromGroup } from "./choose.ts";
import { groupColumns, groupLabels } from "./grouping.ts";
import { reduceGroup } from "./reduce.ts";

/** Of parameters that change from step to step those that are told: whether any is NaN, the largest and the smallest that are out of bounds. */
function beyond(param: Float64Array, least: number, most: number): number[] {
  let [low, high] = [Infinity, -Infinity];
  let isAnyNaN = false;
  for (const value of param) {
    if (value !== value) isAnyNaN = true;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return [...(isAnyNaN ? [Number.NaN] : []), ...(high > most ? [high] : []), ...(low < least ? [low] : [])];
}

/** `reserve` throws when so many series, each with a place for every step, are more than the query may hold. */
export function* aggregate(
  node: Aggregate,
  columns: readonly Column[],
  count: number,
  param: Float64Array | undefined,
  label: string | undefined,
  notes: Annotations,
  reserve: (series: number, label: string, text: string) => void,
  pace: Pace,
): Stepwise<Column[]> {
  if (node.op === "count_values") return yield* countValues(node, columns, count, label ?? "", reserve, pace);
  if (node.op === "quantile" && param !== undefined && columns.length > 0) {
    for (const q of beyond(param, 0, 1))
      notes.warn(`quantile value should be between 0 and 1, got ${formatFloatShort(q)}`, node.param?.span ?? node.span);
  }
  if (param !== undefined) checkParameter(node.op, param);
  if (node.op === "limit_ratio" && param !== undefined && columns.length > 0) {
    for (const ratio of beyond(param, -1, 1))
      notes.warn(
        `ratio value should be between -1 and 1, got ${formatFloatShort(ratio)}, capping to ${ratio > 1 ? 1 : -1}`,
        node.param?.span ?? node.span,
      );
  }
  const groups = yield* groupColumns(node, columns, pace);
  if (node.op === "topk" || node.op === "bottomk" || node.op === "limitk" || node.op === "limit_ratio") {
    const chosen: Column[][] = [];
    for (const group of groups) chosen.push(yield* chooseFromGroup(node, group, count, param ?? new Float64Array(count), notes, pace));
    return chosen.flat();
  }
  const reduced: Column[] = [];
  for (const group of groups) {
    const column = yield* reduceGroup(node, group, count, param, notes, pace);
    if (!isEmpty(column)) reduced.push(column);
    if (pace.spend(SERIES_NS + group.members.length * count * (node.op === "quantile" ? QUANTILE_NS : ADD_NS))) yield;
  }
  return reduced;
}

/** A value taken into a group. */
const ADD_NS = 4;
const QUANTILE_NS = 60;
/** A value written as text, and its label set. */
const NEW_VALUE_NS = 2500;
/** A bucket written as text, of what it takes to be added. */
const TEXT_FACTOR = 25;

function* countValues(
  node: Aggregate,
  columns: readonly Column[],
  count: number,
  label: string,
  reserve: (series: number, label: string, text: string) => void,
  pace: Pace,
): Stepwise<Column[]> {
  const out = new Map<string, Column>();
  /** By the group's key, then by value: a label set is made for a value's first sample alone. */
  const groups = new Map<string, Map<number, Column>>();
  // As in Prometheus, the value is a label of the series before they are grouped: `without` may take it away again.
  const takenAway = node.without && (hasName(node.grouping, label) || isMetadataLabel(label));
  for (const column of columns) {
    const base = groupLabels(node, column.labels);
    const key = seriesKey(base);
    const target = (text: string): Column => {
      const labels = takenAway ? base : { ...base, [label]: text };
      const own = seriesKey(labels);
      let found = out.get(own);
      if (found === undefined) {
        reserve(out.size + 1, label, text);
        out.set(own, (found = newColumn(labels, count, label === METRIC_NAME && !takenAway ? false : column.dropName)));
      }
      return found;
    };
    let byValue = groups.get(key);
    if (byValue === undefined) groups.set(key, (byValue = new Map()));
    if (pace.spend(SERIES_NS)) yield;
    for (let step = 0; step < count; step++) {
      const kind = column.kinds[step];
      if (kind === ABSENT) continue;
      if (pace.spend(30)) yield;
      const histogram = kind === FLOAT ? undefined : column.histograms?.[step];
      const value = column.values[step] ?? 0;
      // A map takes both zeros for one.
      const plain = histogram === undefined && !Object.is(value, -0);
      let counted = plain ? byValue.get(value) : undefined;
      if (counted === undefined) {
        if (histogram !== undefined && pace.spend(workOn(histogram) * TEXT_FACTOR)) yield;
        counted = target(histogram === undefined ? formatFloat(value) : formatHistogram(histogram));
        if (plain) byValue.set(value, counted);
        if (pace.spend(NEW_VALUE_NS + count * 2)) yield;
      }
      putFloat(counted, step, (counted.values[step] ?? 0) + 1);
    }
  }
  return [...out.values()];
}
