/** label_replace and label_join. */
import { METRIC_NAME } from "../../model/labels.ts";
import { compileExpression } from "../../re2/compile-expression.ts";
import { checkMatchWork, type LabelBudget } from "../evaluation/label-budget.ts";
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

/** A text that stands as it is, or what a group holds: by its number, or its name. */
type Piece = { readonly text: string } | { readonly group: number };

/** The pieces of `$1`, `${name}`, `$$` and what stands between them. */
function piecesOf(replacement: string, names: Readonly<Record<string, number>>): Piece[] {
  const pieces: Piece[] = [];
  let from = 0;
  for (const found of replacement.matchAll(/\$(?:\$|\{(\w+)\}|(\w+))/g)) {
    if (found.index > from) pieces.push({ text: replacement.slice(from, found.index) });
    from = found.index + found[0].length;
    const name = found[1] ?? found[2];
    if (name === undefined) pieces.push({ text: "$" });
    else pieces.push({ group: /^\d+$/.test(name) ? Number(name) : (names[name] ?? Infinity) });
  }
  if (from < replacement.length) pieces.push({ text: replacement.slice(from) });
  return pieces;
}

/** What the automaton takes for one character and instruction, ns, at worst. */
const INSTRUCTION_NS = 15;

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
  const { re } = compiled.value;
  requireName("destination", target, "label_replace");
  const size = re.programSize();
  if (pace.spend(compiled.value.size.instructions * COMPILE_NS)) yield;
  const pieces = piecesOf(replacement, re.namedGroups());
  const replaced: Column[] = [];
  for (const column of columns) {
    const text = column.labels[source] ?? "";
    checkMatchWork(size, text.length, "label_replace");
    if (pace.spend(5 * SERIES_NS + size * (text.length + 1) * INSTRUCTION_NS)) yield;
    const matcher = re.matcher(text);
    if (!matcher.find()) {
      replaced.push(column);
      continue;
    }
    const groups = matcher.groupCount();
    const parts = pieces.map((piece) => ("text" in piece ? piece.text : piece.group > groups ? "" : (matcher.group(piece.group) ?? "")));
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
