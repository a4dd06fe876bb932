/** Aggregations that turn each group into one series. A loop over the group's columns per step, no intermediate maps. */
import type { NativeHistogram } from "../../model/histogram.ts";
import type { Aggregate } from "../ast.ts";
import type { Annotations } from "../evaluation/annotations.ts";
import { putMade } from "../evaluation/made-histograms.ts";
import type { Pace, Stepwise } from "../evaluation/pace.ts";
import { ABSENT, type Column, FLOAT, newColumn, putFloat } from "../evaluation/steps.ts";
import { compensatedSum, meanOf } from "../functions/over-time.ts";
import { quantileOf } from "../functions/quantile.ts";
import { mixedSchemas } from "../functions/window-notes.ts";
import { isCustom } from "../histogram/buckets.ts";
import { meanOfHistograms, sumOfHistograms } from "../histogram/sum.ts";
import { denseAggregation } from "./dense.ts";
import type { Group } from "./grouping.ts";

export function* reduceGroup(
  node: Aggregate,
  group: Group,
  count: number,
  param: Float64Array | undefined,
  notes: Annotations,
  pace: Pace,
): Stepwise<Column> {
  const { op } = node;
  const out = newColumn(group.labels, count, group.dropName);
  const dense = denseAggregation(op);
  if (dense !== undefined && group.members.every((member) => member.histograms === undefined)) {
    dense(group.members, count, out);
    return out;
  }
  const floats = new Float64Array(group.members.length);
  for (let step = 0; step < count; step++) {
    let n = 0;
    let histograms = 0;
    for (const member of group.members) {
      const kind = member.kinds[step];
      if (kind === FLOAT) floats[n++] = member.values[step] ?? 0;
      else if (kind !== ABSENT) histograms++;
    }
    if (n + histograms === 0) continue;
    if (op === "count") putFloat(out, step, n + histograms);
    else if (op === "group") putFloat(out, step, 1);
    else if (op === "sum" || op === "avg") {
      if (n > 0 && histograms > 0) notes.warn("encountered a mix of histograms and floats for aggregation", node.expr.span);
      else if (n > 0) putFloat(out, step, op === "sum" ? compensatedSum(floats, 0, n) : meanOf(floats, 0, n));
      else {
        const total = yield* ofHistograms(node, group, out, step, notes, pace);
        if (total !== undefined && putMade(out, step, total, pace)) yield;
      }
    } else {
      if (histograms > 0) notes.info(`ignored histogram in ${op} aggregation`, node.expr.span);
      if (n > 0) putFloat(out, step, floatStatistic(op, floats, n, param?.[step] ?? NaN));
    }
  }
  return out;
}

function floatStatistic(op: Aggregate["op"], floats: Float64Array, n: number, q: number): number {
  if (op === "quantile") return quantileOf(q, floats.subarray(0, n));
  if (op === "min" || op === "max") {
    const sign = op === "max" ? 1 : -1;
    let best = floats[0] ?? NaN;
    for (let i = 1; i < n; i++) {
      const x = floats[i] ?? NaN;
      if (x * sign > best * sign || best !== best) best = x;
    }
    return best;
  }
  let mean = 0;
  let squares = 0;
  for (let i = 0; i < n; i++) {
    const x = floats[i] ?? 0;
    const delta = x - mean;
    mean += delta / (i + 1);
    squares += delta * (x - mean);
  }
  return op === "stdvar" ? squares / n : Math.sqrt(squares / n);
}

/** Steps that are closer than samples find the same ones. */
const sameAsBefore = ({ members }: Group, step: number): boolean =>
  step > 0 && members.every(({ kinds, histograms }) => kinds[step] === kinds[step - 1] && histograms?.[step] === histograms?.[step - 1]);

function* ofHistograms(
  node: Aggregate,
  group: Group,
  out: Column,
  step: number,
  notes: Annotations,
  pace: Pace,
): Stepwise<NativeHistogram | undefined> {
  if (sameAsBefore(group, step)) return out.histograms?.[step - 1];
  const list: NativeHistogram[] = [];
  const from: Column[] = [];
  for (const member of group.members) {
    const next = member.histograms?.[step];
    if (next === undefined || member.kinds[step] === ABSENT) continue;
    list.push(next);
    from.push(member);
  }
  const [first, ...others] = list;
  if (first === undefined) return undefined;
  const total = yield* (node.op === "sum" ? sumOfHistograms : meanOfHistograms)(first, others, pace);
  if (total === undefined) {
    const odd = list.findIndex((h) => isCustom(h) !== isCustom(first));
    notes.warn(mixedSchemas(from[odd]?.labels ?? {}), node.expr.span);
    return undefined;
  }
  if (total.boundsReconciled) notes.info("mismatched custom buckets were reconciled during aggregation", node.expr.span);
  if (total.resetsConflict) notes.warn("conflicting counter resets during histogram aggregation", node.expr.span);
  return total.histogram;
}
