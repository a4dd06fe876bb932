import { QueryError } from "../failure.ts";
import { LabelSets } from "./label-sets.ts";
import { type Pace, SERIES_NS, type Stepwise } from "./pace.ts";
import { ABSENT, type Column, copyStep, newColumn } from "./steps.ts";

/** A large map grows by being filled anew. */
const MAP_NS = 500;

/** Series of one label set become one where they have no step in common; where they have, the query fails. */
export function* mergeColumns(columns: readonly Column[], pace: Pace): Stepwise<Column[]> {
  if (columns.length < 2) return [...columns];
  const numbers = new LabelSets();
  const byNumber: Column[] = [];
  for (const column of columns) {
    if (pace.spend(SERIES_NS + MAP_NS)) yield;
    const number = numbers.of(column.labels);
    const other = byNumber[number];
    if (other === undefined) {
      byNumber.push(column);
      continue;
    }
    const joined = newColumn(column.labels, column.kinds.length, column.dropName && other.dropName);
    for (let step = 0; step < column.kinds.length; step++) {
      const present = column.kinds[step] !== ABSENT;
      if (present && other.kinds[step] !== ABSENT)
        throw new QueryError("execution", "vector cannot contain metrics with the same labelset");
      copyStep(present ? column : other, joined, step);
    }
    byNumber[number] = joined;
  }
  return byNumber;
}
