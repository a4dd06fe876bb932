/** Binary operators between vectors: series are matched once per query, then computed column by column. */
import type { Labels } from "../../model/labels.ts";
import type { Binary, VectorMatching } from "../ast.ts";
import type { Annotations } from "../evaluation/annotations.ts";
import { ABSENT, type Column, FLOAT, isEmpty, newColumn, putFloat } from "../evaluation/steps.ts";
import { putMade, workOn } from "../evaluation/made-histograms.ts";
import { type Pace, SERIES_NS, type Stepwise } from "../evaluation/pace.ts";
import { withoutMetadata } from "../evaluation/metadata-labels.ts";
import { LabelSets } from "../evaluation/label-sets.ts";
import { hasName, namesWithin, onlyLabels, withoutLabels } from "../evaluation/pick-labels.ts";
import { compareLabels } from "../evaluation/label-order.ts";
import { QueryError } from "../failure.ts";
import { labelsText } from "../format/labels-text.ts";
import { combineColumns } from "./columns.ts";
import { dropsName, isComparison, isTrim } from "./operators.ts";
import { combineSamples, type Sample } from "./samples.ts";

export const DEFAULT_MATCHING: VectorMatching = { cardinality: "one-to-one", on: false, labels: [], include: [] };

/** Labels that decide whether two series belong together. */
export const matchLabels = (labels: Labels, matching: VectorMatching): Labels =>
  matching.on ? onlyLabels(labels, matching.labels) : withoutLabels(labels, matching.labels);

/** A pair of samples that is matched at its step, one of a pair of columns, one that is copied. */
const PAIR_NS = 150;
export const COLUMN_NS = 8;

/** Series whose labels match, and what these are. */
interface MatchGroup {
  readonly labels: Labels;
  readonly columns: Column[];
}

/** By the number of what they match by. */
function* groupBy(columns: readonly Column[], matching: VectorMatching, numbers: LabelSets, pace: Pace): Stepwise<Map<number, MatchGroup>> {
  const groups = new Map<number, MatchGroup>();
  for (const column of columns) {
    if (pace.spend(SERIES_NS)) yield;
    const labels = matchLabels(column.labels, matching);
    const number = numbers.of(labels);
    const group = groups.get(number);
    if (group === undefined) groups.set(number, { labels, columns: [column] });
    else group.columns.push(column);
  }
  return groups;
}

/** The series of a result. */
class Results {
  readonly numbers = new LabelSets();
  readonly columns: (Column | undefined)[] = [];

  list(): Column[] {
    return this.columns.filter((column) => column !== undefined && !isEmpty(column)) as Column[];
  }
}

function sampleAt(column: Column, step: number): Sample | undefined {
  const kind = column.kinds[step];
  if (kind === ABSENT) return undefined;
  return kind === FLOAT ? column.values[step] : column.histograms?.[step];
}

/** True when it is time to stop. */
function put(column: Column, step: number, sample: Sample, pace: Pace): boolean {
  if (typeof sample === "object") return putMade(column, step, sample, pace);
  putFloat(column, step, sample);
  return false;
}

/** The label set of a pair's result. */
function resultLabels(node: Binary, many: Column, one: Labels, matching: VectorMatching): Labels {
  const drop = dropsName(node);
  const result: Record<string, string> = { ...(drop ? withoutMetadata(many.labels) : many.labels) };
  if (matching.cardinality === "one-to-one") {
    if (matching.on) {
      for (const name of Object.keys(result)) if (!hasName(matching.labels, name)) delete result[name];
    } else for (const name of namesWithin(matching.labels, result)) delete result[name];
  }
  for (const name of namesWithin(matching.include, result)) delete result[name];
  for (const name of namesWithin(matching.include, one)) {
    const value = one[name];
    if (value !== undefined && value !== "") result[name] = value;
  }
  return result;
}

export function* combineVectors(
  node: Binary,
  left: readonly Column[],
  right: readonly Column[],
  count: number,
  notes: Annotations,
  pace: Pace,
): Stepwise<Column[]> {
  const matching = node.matching ?? DEFAULT_MATCHING;
  const swapped = matching.cardinality === "one-to-many";
  const manySide = swapped ? right : left;
  const oneSide = swapped ? left : right;
  const numbers = new LabelSets();
  const oneGroups = yield* groupBy(oneSide, matching, numbers, pace);
  const dropName = dropsName(node);
  const results = new Results();
  // As Prometheus has it, `fill_left` stands for the "many" side and `fill_right` for the "one" side, also under group_right.
  const { fillLeft: fillMany, fillRight: fillOne } = matching;
  const merged = new Map<number, Merged>();
  // Where one side is empty nothing is matched, and duplicates on the other do no harm.
  const matched = fillMany === undefined && fillOne === undefined ? presence(manySide, count) : new Uint8Array(count).fill(1);
  for (const [key, { columns: group }] of oneGroups) {
    merged.set(key, mergeOneSide(group, matching, swapped, matched));
    if (pace.spend(group.length * count * COLUMN_NS)) yield;
  }
  const manyGroups = yield* groupBy(manySide, matching, numbers, pace);

  for (const [key, { labels: shared, columns: group }] of manyGroups) {
    const one = merged.get(key);
    if (one === undefined && fillOne === undefined) continue;
    if (pace.spend(group.length * (2 * SERIES_NS + count * COLUMN_NS))) yield;
    if (
      one?.only !== undefined &&
      fillOne === undefined &&
      combineGroup(node, { labels: shared, columns: group }, one.only, matching, swapped, count, results)
    )
      continue;
    const taken = new Map<number, Uint8Array>();
    for (const many of group) {
      if (pace.spend(SERIES_NS + count * PAIR_NS)) yield;
      for (let step = 0; step < count; step++) {
        const manySample = sampleAt(many, step);
        if (manySample === undefined) continue;
        const source = one === undefined ? undefined : one.at(step);
        const oneSample = source === undefined ? fillOne : sampleAt(source, step);
        if (oneSample === undefined) continue;
        const a = swapped ? oneSample : manySample;
        const b = swapped ? manySample : oneSample;
        if (typeof a === "object" && typeof b === "object" && pace.spend(workOn(a) + workOn(b))) yield;
        const value = combineSamples(node, a, b, a, notes);
        const oneLabels = source?.labels ?? matchLabels(many.labels, matching);
        const target = columnFor(
          results,
          resultLabelsCached(node, many, oneLabels, matching),
          count,
          dropName || (many.dropName && !isComparison(node.op)),
          many,
        );
        const claimKey = matching.cardinality === "one-to-one" ? -1 : target.number;
        let claims = taken.get(claimKey);
        if (claims === undefined) taken.set(claimKey, (claims = new Uint8Array(count)));
        if (claims[step] === 1 && (value !== undefined || matching.cardinality === "one-to-one")) {
          throw new QueryError(
            "execution",
            matching.cardinality === "one-to-one"
              ? "multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)"
              : "multiple matches for labels: grouping labels must ensure unique matches",
          );
        }
        // One-to-one, also a pair that a filter drops is a match.
        if (value !== undefined || matching.cardinality === "one-to-one") claims[step] = 1;
        if (value === undefined) continue;
        if (put(target.column, step, value, pace)) yield;
      }
    }
  }
  if (fillMany !== undefined) {
    for (const [key, { columns: group }] of oneGroups) {
      const many = manyGroups.get(key)?.columns ?? [];
      for (const one of group) {
        if (pace.spend(SERIES_NS + count * PAIR_NS)) yield;
        for (let step = 0; step < count; step++) {
          const sample = sampleAt(one, step);
          if (sample === undefined || many.some((column) => column.kinds[step] !== ABSENT)) continue;
          const a = swapped ? sample : fillMany;
          const b = swapped ? fillMany : sample;
          const value = combineSamples(node, a, b, a, notes);
          if (value === undefined) continue;
          const base: Column = { ...one, labels: matchLabels(one.labels, matching) };
          const target = columnFor(results, resultLabels(node, base, one.labels, matching), count, dropName, one);
          if (put(target.column, step, value, pace)) yield;
        }
      }
    }
  }
  return results.list();
}

const labelCache = new WeakMap<Binary, WeakMap<Column, { readonly one: Labels; readonly labels: Labels }>>();

function resultLabelsCached(node: Binary, many: Column, one: Labels, matching: VectorMatching): Labels {
  let perNode = labelCache.get(node);
  if (perNode === undefined) labelCache.set(node, (perNode = new WeakMap()));
  const hit = perNode.get(many);
  if (hit !== undefined && hit.one === one) return hit.labels;
  const labels = resultLabels(node, many, one, matching);
  perNode.set(many, { one, labels });
  return labels;
}

const numberCache = new WeakMap<Results, WeakMap<Labels, number>>();

/** Step after step the same labels are asked for. */
function numberOf(results: Results, labels: Labels): number {
  let known = numberCache.get(results);
  if (known === undefined) numberCache.set(results, (known = new WeakMap()));
  let number = known.get(labels);
  if (number === undefined) known.set(labels, (number = results.numbers.of(labels)));
  return number;
}

function columnFor(
  results: Results,
  labels: Labels,
  count: number,
  dropName: boolean,
  from: Column,
): { readonly column: Column; readonly number: number } {
  const number = numberOf(results, labels);
  const column = (results.columns[number] ??= newColumn(labels, count, dropName || from.dropName));
  return { column, number };
}

/** A group whose series give different results each: whole columns at once. False where that does not hold, and nothing is done. */
function combineGroup(
  node: Binary,
  { labels: shared, columns: group }: MatchGroup,
  one: Column,
  matching: VectorMatching,
  swapped: boolean,
  count: number,
  results: Results,
): boolean {
  if (isTrim(node.op) || one.histograms !== undefined) return false;
  if (group.some((many) => many.histograms !== undefined)) return false;
  if (matching.cardinality === "one-to-one" && group.length > 1) return false;
  // What two series match by is what they give, where neither a name nor other labels stay.
  const givesShared = matching.cardinality === "one-to-one" && matching.include.length === 0 && dropsName(node);
  const { numbers, columns } = results;
  const own: number[] = [];
  for (const many of group) own.push(numbers.of(givesShared ? shared : resultLabels(node, many, one.labels, matching)));
  if (own.some((number) => columns[number] !== undefined) || new Set(own).size < own.length) return false;
  const dropName = dropsName(node);
  for (const [i, many] of group.entries()) {
    const number = own[i] as number;
    const out = newColumn(numbers.sets[number] as Labels, count, dropName || many.dropName);
    const left = swapped ? one : many;
    const right = swapped ? many : one;
    combineColumns(node, left, right, left, out);
    if (!isEmpty(out)) columns[number] = out;
  }
  return true;
}

interface Merged {
  /** The series, where there is only one. */
  readonly only?: Column;
  at(step: number): Column | undefined;
}

/** 1 at the steps where any of the series has a sample. */
function presence(columns: readonly Column[], count: number): Uint8Array {
  const present = new Uint8Array(count);
  for (const { kinds } of columns) for (let step = 0; step < count; step++) if (kinds[step] !== ABSENT) present[step] = 1;
  return present;
}

/** The "one" side of a group: at each step at most one of its series may have a sample. */
function mergeOneSide(group: readonly Column[], matching: VectorMatching, swapped: boolean, matched: Uint8Array): Merged {
  const only = group[0];
  if (group.length === 1 && only !== undefined) return { only, at: (step) => (only.kinds[step] === ABSENT ? undefined : only) };
  const chosen = Array.from<Column | undefined>({ length: matched.length });
  for (const column of group) {
    for (let step = 0; step < matched.length; step++) {
      if (column.kinds[step] === ABSENT || matched[step] === 0) continue;
      const other = chosen[step];
      if (other !== undefined) {
        const side = swapped ? "left" : "right";
        const [first, second] = [column.labels, other.labels].sort(compareLabels);
        const group0 = labelsText(matchLabels(column.labels, matching));
        throw new QueryError(
          "execution",
          `found duplicate series for the match group ${group0} on the ${side} hand-side of the operation: [${labelsText(first ?? {})}, ${labelsText(second ?? {})}];many-to-many matching not allowed: matching labels must be unique on one side`,
        );
      }
      chosen[step] = column;
    }
  }
  return { at: (step) => chosen[step] };
}
