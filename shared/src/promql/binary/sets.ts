/** `and`, `or`, `unless`. */
import type { Binary, VectorMatching } from "../ast.ts";
import { LabelSets } from "../evaluation/label-sets.ts";
import { type Pace, SERIES_NS, type Stepwise } from "../evaluation/pace.ts";
import { ABSENT, type Column, copyStep, isEmpty, newColumn } from "../evaluation/steps.ts";
import { COLUMN_NS, DEFAULT_MATCHING, matchLabels } from "./vectors.ts";

/** At which steps there is a sample of each group of series that match. */
class Presence {
  readonly #numbers = new LabelSets();
  readonly #groups: Uint8Array[] = [];
  readonly #matching: VectorMatching;
  readonly #count: number;

  constructor(matching: VectorMatching, count: number) {
    this.#matching = matching;
    this.#count = count;
  }

  add({ labels, kinds }: Column): void {
    const seen = (this.#groups[this.#numbers.of(matchLabels(labels, this.#matching))] ??= new Uint8Array(this.#count));
    for (let step = 0; step < seen.length; step++) if (kinds[step] !== ABSENT) seen[step] = 1;
  }

  /** The steps of a series at which its group is there (1), or is not (0). */
  keep(column: Column, when: 0 | 1): Column {
    const wanted = this.#groups[this.#numbers.find(matchLabels(column.labels, this.#matching))];
    const out = newColumn(column.labels, this.#count, column.dropName);
    for (let step = 0; step < this.#count; step++) if ((wanted?.[step] ?? 0) === when) copyStep(column, out, step);
    return out;
  }
}

/** `a or b or c …` so far: what comes next is held against it, and need not go through all of it again. */
class Union {
  readonly matching: VectorMatching;
  readonly presence: Presence;
  readonly #count: number;
  readonly #found = new LabelSets();
  /** Under one label set those that still have a name to lose are apart from those that have not. */
  readonly #byNumber: (Column | undefined)[] = [];

  constructor(matching: VectorMatching, count: number) {
    this.matching = matching;
    this.presence = new Presence(matching, count);
    this.#count = count;
  }

  add(column: Column): void {
    if (isEmpty(column)) return;
    const id = 2 * this.#found.of(column.labels) + (column.dropName ? 1 : 0);
    const before = this.#byNumber[id];
    if (before === undefined) {
      this.#byNumber[id] = column;
      return;
    }
    const joined = newColumn(column.labels, this.#count, column.dropName);
    for (let step = 0; step < this.#count; step++) copyStep(before.kinds[step] === ABSENT ? column : before, joined, step);
    this.#byNumber[id] = joined;
  }

  list(): Column[] {
    return this.#byNumber.filter((column) => column !== undefined);
  }
}

/** By what it gave, for the one operation that goes on with that. */
const unions = new WeakMap<readonly Column[], Union>();

function* unionOf(left: readonly Column[], matching: VectorMatching, count: number, pace: Pace): Stepwise<Union> {
  const known = unions.get(left);
  unions.delete(left);
  if (known !== undefined && isSame(known.matching, matching)) return known;
  const union = new Union(matching, count);
  for (const column of left) {
    union.presence.add(column);
    union.add(column);
    if (pace.spend(2 * (SERIES_NS + count * COLUMN_NS))) yield;
  }
  return union;
}

const isSame = (a: VectorMatching, b: VectorMatching): boolean => a.on === b.on && a.labels.join("\u00FE") === b.labels.join("\u00FE");

export function* combineSets(
  node: Binary,
  left: readonly Column[],
  right: readonly Column[],
  count: number,
  pace: Pace,
): Stepwise<Column[]> {
  const matching = node.matching ?? DEFAULT_MATCHING;
  const columnNs = SERIES_NS + count * COLUMN_NS;
  if (node.op === "or") {
    const union = yield* unionOf(left, matching, count, pace);
    const rest: Column[] = [];
    for (const candidate of right) {
      rest.push(union.presence.keep(candidate, 0));
      if (pace.spend(columnNs)) yield;
    }
    for (const column of rest) {
      union.presence.add(column);
      union.add(column);
      if (pace.spend(2 * columnNs)) yield;
    }
    const all = union.list();
    unions.set(all, union);
    return all;
  }
  const presence = new Presence(matching, count);
  for (const column of right) {
    presence.add(column);
    if (pace.spend(columnNs)) yield;
  }
  const kept: Column[] = [];
  for (const column of left) {
    const some = presence.keep(column, node.op === "and" ? 1 : 0);
    if (!isEmpty(some)) kept.push(some);
    if (pace.spend(columnNs)) yield;
  }
  return kept;
}
