/** label_replace and label_join. */
import { RE2JS } from "re2js";
import { METRIC_NAME } from "../../model/labels.ts";
import { mergeColumns } from "../evaluation/merge-columns.ts";
import { type Pace, SERIES_NS, type Stepwise } from "../evaluation/pace.ts";
import type { Column } from "../evaluation/steps.ts";
import { QueryError } from "../failure.ts";
import { hasInvalidUtf8 } from "../parse/literals.ts";

function relabel(column: Column, name: string, value: string): Column {
  const labels: Record<string, string> = { ...column.labels };
  if (value === "") delete labels[name];
  else labels[name] = value;
  return { ...column, labels, dropName: name === METRIC_NAME ? false : column.dropName };
}

function requireName(which: "source" | "destination", name: string, func: string): void {
  if (name === "" || hasInvalidUtf8(name)) throw new QueryError("execution", `invalid ${which} label name in ${func}(): ${name}`);
}

/** What the automaton takes for one character and instruction, ns, at worst. */
const INSTRUCTION_NS = 15;

export function* labelReplace(
  columns: readonly Column[],
  target: string,
  replacement: string,
  source: string,
  expression: string,
  pace: Pace,
): Stepwise<Column[]> {
  let re: RE2JS;
  try {
    re = RE2JS.compile(`^(?s:${expression})$`);
  } catch {
    throw new QueryError("execution", `invalid regular expression in label_replace(): ${expression}`);
  }
  requireName("destination", target, "label_replace");
  const size = re.programSize();
  const names = re.namedGroups();
  const replaced: Column[] = [];
  for (const column of columns) {
    const text = column.labels[source] ?? "";
    if (pace.spend(5 * SERIES_NS + size * (text.length + 1) * INSTRUCTION_NS)) yield;
    const matcher = re.matcher(text);
    if (!matcher.find()) {
      replaced.push(column);
      continue;
    }
    const value = replacement.replace(/\$(?:\$|\{(\w+)\}|(\w+))/g, (whole, braced: string | undefined, bare: string | undefined) => {
      if (whole === "$$") return "$";
      const name = braced ?? bare ?? "";
      const group = /^\d+$/.test(name) ? Number(name) : names[name];
      return group === undefined || group > matcher.groupCount() ? "" : (matcher.group(group) ?? "");
    });
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
): Stepwise<Column[]> {
  for (const name of sources) requireName("source", name, "label_join");
  requireName("destination", target, "label_join");
  const joined: Column[] = [];
  for (const column of columns) {
    joined.push(relabel(column, target, sources.map((name) => column.labels[name] ?? "").join(separator)));
    if (pace.spend(SERIES_NS)) yield;
  }
  return yield* mergeColumns(joined, pace);
}
