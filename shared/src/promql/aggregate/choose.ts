/** Aggregations that keep some of the series as they are: topk, bottomk, limitk, limit_ratio. */
import type { Aggregate } from "../ast.ts";
import type { Annotations } from "../evaluation/annotations.ts";
import { type Pace, SERIES_NS, type Stepwise } from "../evaluation/pace.ts";
import { ABSENT, type Column, copyStep, FLOAT, isEmpty, newColumn } from "../evaluation/steps.ts";
import { QueryError } from "../failure.ts";
import { formatFloatShort } from "../json/float-format.ts";
import type { Group } from "./grouping.ts";
import { labelHash } from "./label-hash.ts";

const MAX_INT64 = 9_223_372_036_854_774_784;
/** Up to here the best are kept sorted; more are sorted once. */
const FEW = 64;

/** Of an instant query topk and bottomk give the members sorted by value, the others come in their own order. */
export function* chooseFromGroup(
  node: Aggregate,
  group: Group,
  count: number,
  param: Float64Array,
  notes: Annotations,
  pace: Pace,
): Stepwise<Column[]> {
  const { op } = node;
  const { members } = group;
  const out: Column[] = [];
  for (const member of members) {
    out.push(newColumn(member.labels, count, member.dropName));
    if (pace.spend(SERIES_NS + count * 2)) yield;
  }
  if (op === "limit_ratio") {
    yield* limitRatio(group, out, count, param, pace);
    return out.filter((column) => !isEmpty(column));
  }
  const chosen = new Int32Array(members.length);
  let taken = 0;
  for (let step = 0; step < count; step++) {
    const k = Math.min(limitOf(param[step] ?? NaN), members.length);
    if (k < 1) continue;
    taken = 0;
    if (pace.spend(members.length * (k > FEW ? 200 : 15))) yield;
    const keepSorted = op !== "limitk" && k <= FEW;
    for (let index = 0; index < members.length; index++) {
      const kind = members[index]?.kinds[step];
      if (kind === FLOAT || (kind !== ABSENT && op === "limitk")) {
        if (keepSorted) taken = insert(members, step, op === "topk", chosen, taken, k, index);
        else if (taken < k || op !== "limitk") chosen[taken++] = index;
      } else if (kind !== ABSENT) notes.info(`ignored histogram in ${op} aggregation`, node.span);
    }
    if (op !== "limitk" && !keepSorted) {
      sortMembers(members, step, op === "topk", chosen.subarray(0, taken));
      taken = Math.min(taken, k);
    }
    for (let i = 0; i < taken; i++) {
      const from = members[chosen[i] as number];
      const to = out[chosen[i] as number];
      if (from !== undefined && to !== undefined) copyStep(from, to, step);
    }
  }
  if (count === 1 && op !== "limitk") return Array.from(chosen.subarray(0, taken)).flatMap((index) => out[index] ?? []);
  return out.filter((column) => !isEmpty(column));
}

/** Best first, equal values in the order of the series, NaN last. */
function sortMembers(members: readonly Column[], step: number, top: boolean, chosen: Int32Array): void {
  const sign = top ? -1 : 1;
  chosen.sort((a, b) => {
    const x = members[a]?.values[step] ?? NaN;
    const y = members[b]?.values[step] ?? NaN;
    if (x !== x || y !== y) return (x !== x ? 1 : 0) - (y !== y ? 1 : 0) || a - b;
    return x === y ? a - b : x < y ? -sign : sign;
  });
}

/** Puts a member into the best k so far, which stay sorted; equal values keep the order of the series, NaN comes last. */
function insert(
  members: readonly Column[],
  step: number,
  top: boolean,
  chosen: Int32Array,
  taken: number,
  k: number,
  index: number,
): number {
  const x = members[index]?.values[step] ?? NaN;
  let at = taken;
  while (at > 0) {
    const y = members[chosen[at - 1] as number]?.values[step] ?? NaN;
    const before = y !== y ? x === x : top ? x > y : x < y;
    if (!before) break;
    at--;
  }
  if (at >= k) return taken;
  const size = Math.min(taken + 1, k);
  chosen.copyWithin(at + 1, at, size - 1);
  chosen[at] = index;
  return size;
}

function limitOf(p: number): number {
  if (p !== p) throw new QueryError("execution", "Parameter value is NaN");
  if (p >= MAX_INT64) throw new QueryError("execution", `Scalar value ${formatFloatShort(p)} overflows int64`);
  if (p <= -MAX_INT64) throw new QueryError("execution", `Scalar value ${formatFloatShort(p)} underflows int64`);
  return Math.trunc(p);
}

/** Ratios and counts that make no sense fail the query, whether or not there are series. */
export function checkParameter(op: Aggregate["op"], param: Float64Array): void {
  for (const p of param) {
    if (op === "limit_ratio" && p !== p) throw new QueryError("execution", "Ratio value is NaN");
    if (op === "topk" || op === "bottomk" || op === "limitk") limitOf(p);
  }
}

/** A label set, in arithmetic of big integers. */
const HASH_NS = 20_000;

/** A series is in the sample of ratio r where its hash lies below r; with -r the others are. */
function* limitRatio(group: Group, out: readonly Column[], count: number, param: Float64Array, pace: Pace): Stepwise<void> {
  const offsets: number[] = [];
  for (const member of group.members) {
    offsets.push(labelHash(member.labels));
    if (pace.spend(HASH_NS)) yield;
  }
  for (let step = 0; step < count; step++) {
    const ratio = param[step] ?? NaN;
    if (ratio !== ratio) throw new QueryError("execution", "Ratio value is NaN");
    const r = Math.max(-1, Math.min(1, ratio));
    if (pace.spend(group.members.length * 10)) yield;
    group.members.forEach((member, index) => {
      const offset = offsets[index] ?? 0;
      const to = out[index];
      if (to !== undefined && (r >= 0 ? offset < r : offset >= 1 + r)) copyStep(member, to, step);
    });
  }
}
