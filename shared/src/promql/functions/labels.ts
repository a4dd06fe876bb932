/** label_replace and label_join. */
import { METRIC_NAME } from "../../model/labels.ts";
import { compileExpression } from "../../re2/compile-expression.ts";
import { PacedSearch } from "../../re2/paced-search.ts";
import { Replacement } from "../../re2/replacement.ts";
import type { LabelBudget } from "../evaluation/label-budget.ts";
import { mergeColumns } from "../evaluation/merge-columns.ts";
import { type Pace, SERIES_NS, type Stepwise } from "../evaluation/pace.ts";
import type { Column } from "../evaluation/steps.ts";
import { QueryError } from "../failure.ts";
import { hasInvalidUtf8 } from "../parse/string-literal.ts";

function relabel(column: Column, name: string, value: string): Column {
  const labels: Record<string, string> = { ...column.labels };
  if (value === "") delete labels[name];
  else labels[name] = value;
  return { ...column, labels, dropName: name === METRIC_NAME ? false : column.dropName };
}

function requireName(which: "source" | "destination", name: string, func: string): void {
  if (name === "" || hasInvalidUtf8(name)) throw new QueryError("execution", `invalid ${which} label name in ${func}(): ${name}`);
}

/** A piece of a value, found and counted. */
const PIECE_NS = 60;
/** A character copied into a value, and into the keys that are made of it. */
const CHARACTER_NS = 3;

/** What the compiler took for one, ns. */
const COMPILE_NS = 3000;

export function* labelReplace(
  columns: readonly Column[],
  target: string,
  replacement: string,
  source: string,
  expression: string,
  pace: Pace,
  budget: LabelBudget,
): Stepwise<Column[]> {
  const compiled = compileExpression(`^(?s:${expression})$`);
  if (!compiled.ok) {
    if (compiled.error.code === "limit") throw new QueryError("limit", `label_replace(): ${compiled.error.message}`);
    throw new QueryError("execution", `invalid regular expression in label_replace(): ${expression}`);
  }
  requireName("destination", target, "label_replace");
  if (pace.spend(compiled.value.size.instructions * COMPILE_NS)) yield;
  const search = new PacedSearch(compiled.value.re);
  const replaces = new Replacement(replacement, compiled.value);
  const refusal = search.vm.refusal(replaces.groups.length);
  if (refusal !== undefined) throw new QueryError("limit", `label_replace(): ${refusal}`);
  const replaced: Column[] = [];
  for (const column of columns) {
    const text = column.labels[source] ?? "";
    if (pace.spend(5 * SERIES_NS)) yield;
    const ends = yield* search.groups(text, replaces.groups, pace);
    if (ends === null) {
      replaced.push(column);
      continue;
    }
    const parts = replaces.textsFor(text, ends);
    let length = 0;
    for (const part of parts) length += part.length;
    budget.take(target, length);
    const value = parts.join("");
    if (pace.spend(parts.length * PIECE_NS + length * CHARACTER_NS)) yield;
    replaced.push(relabel(column, target, value));
  }
  return yield* mergeColumns(replaced, pace);
}

export function* labelJoin(
  columns: readonly Column[],
  target: string,
  separator: string,
  sources: readonly string[],
  pace: Pace,
  budget: LabelBudget,
): Stepwise<Column[]> {
  for (const name of sources) requireName("source", name, "label_join");
  requireName("destination", target, "label_join");
  const joined: Column[] = [];
  for (const column of columns) {
    let length = Math.max(0, sources.length - 1) * separator.length;
    for (const name of sources) length += column.labels[name]?.length ?? 0;
    budget.take(target, length);
    joined.push(relabel(column, target, sources.map((name) => column.labels[name] ?? "").join(separator)));
    if (pace.spend(SERIES_NS + sources.length * PIECE_NS + length * CHARACTER_NS)) yield;
  }
  return yield* mergeColumns(joined, pace);
}
