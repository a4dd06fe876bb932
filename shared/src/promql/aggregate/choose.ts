/** Aggregations that keep some of the series as they are: topk, bottomk, limitk, limit_ratio. */
import { seriesKey } from "../../model/labels.ts";
import type { Aggregate } from "../ast.ts";
import type { Annotations } from "../evaluation/annotations.ts";
import { ABSENT, type Column, copyStep, FLOAT, isEmpty, newColumn } from "../evaluation/steps.ts";
import { QueryError } from "../failure.ts";
import type { Group } from "./grouping.ts";
import { labelHash } from "./label-hash.ts";

const MAX_INT64 = 9_223_372_036_854_774_784;

/** `order` receives the members in result order of an instant query (topk sorts by value). */
export function chooseFromGroup(node: Aggregate, group: Group, count: number, param: Float64Array, notes: Annotations): Column[] {
  const { op } = node;
  const out = group.members.map((member) => newColumn(member.labels, count, member.dropName));
  let order = group.members.map((_, index) => index);
  for (let step = 0; step < count; step++) {
    const p = param[step] ?? NaN;
    if (op === "limit_ratio") {
      limitRatio(node, group, out, step, p, notes);
      continue;
    }
    const k = limitOf(p);
    if (k < 1) continue;
    const present: number[] = [];
    group.members.forEach((member, index) => {
      const kind = member.kinds[step];
      if (kind === FLOAT || (kind !== ABSENT && op === "limitk")) present.push(index);
      else if (kind !== ABSENT) notes.info(`ignored histogram in ${op} aggregation`, node.expr.span);
    });
    if (op === "limitk") present.splice(k);
    else {
      const sign = op === "topk" ? -1 : 1;
      const value = (index: number): number => group.members[index]?.values[step] ?? NaN;
      present.sort((a, b) => {
        const x = value(a);
        const y = value(b);
        if (x !== x || y !== y) return (x !== x ? 1 : 0) - (y !== y ? 1 : 0);
        return (x - y) * sign;
      });
      present.splice(k);
      order = [...present, ...order.filter((index) => !present.includes(index))];
    }
    for (const index of present) {
      const from = group.members[index];
      const to = out[index];
      if (from !== undefined && to !== undefined) copyStep(from, to, step);
    }
  }
  return order.flatMap((index) => out[index] ?? []).filter((column) => !isEmpty(column));
}

function limitOf(p: number): number {
  if (p !== p) throw new QueryError("execution", "Parameter value is NaN");
  if (p >= MAX_INT64) throw new QueryError("execution", `Scalar value ${p} overflows int64`);
  if (p <= -MAX_INT64) throw new QueryError("execution", `Scalar value ${p} underflows int64`);
  return Math.trunc(p);
}

/** Ratios and counts that make no sense fail the query, whether or not there are series. */
export function checkParameter(op: Aggregate["op"], param: Float64Array): void {
  for (const p of param) {
    if (op === "limit_ratio" && p !== p) throw new QueryError("execution", "Ratio value is NaN");
    if (op === "topk" || op === "bottomk" || op === "limitk") limitOf(p);
  }
}

function limitRatio(node: Aggregate, group: Group, out: readonly Column[], step: number, ratio: number, notes: Annotations): void {
  if (ratio !== ratio) throw new QueryError("execution", "Ratio value is NaN");
  if (ratio > 1 || ratio < -1) {
    const capped = ratio > 1 ? 1 : -1;
    notes.warn(`ratio value should be between -1 and 1, got ${ratio}, capping to ${capped}`, node.param?.span ?? node.span);
  }
  const r = Math.max(-1, Math.min(1, ratio));
  group.members.forEach((member, index) => {
    const offset = labelHash(seriesKey(member.labels));
    const taken = r >= 0 ? offset < r : offset >= 1 + r;
    const to = out[index];
    if (taken && to !== undefined) copyStep(member, to, step);
  });
}
