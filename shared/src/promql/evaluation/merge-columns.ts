import { seriesKey } from "../../model/labels.ts";
import { QueryError } from "../failure.ts";
import { type Pace, SERIES_NS, type Stepwise } from "./pace.ts";
import { ABSENT, type Column, copyStep, newColumn } from "./steps.ts";

/** A large map grows by being filled anew. */
const MAP_NS = 500;

/** Series of one label set become one where they have no step in common; where they have, the query fails. */
export function* mergeColumns(columns: readonly Column[], pace: Pace): Stepwise<Column[]> {
  if (columns.length < 2) return [...columns];
  const byKey = new Map<string, Column>();
  for (const column of columns) {
    if (pace.spend(SERIES_NS + MAP_NS)) yield;
    const key = seriesKey(column.labels);
    const other = byKey.get(key);
    if (other === undefined) {
      byKey.set(key, column);
      continue;
    }
    const joined = newColumn(column.labels, column.kinds.length, column.dropName && other.dropName);
    for (let step = 0; step < column.kinds.length; step++) {
      const present = column.kinds[step] !== ABSENT;
      if (present && other.kinds[step] !== ABSENT)
        throw new QueryError("execution", "vector cannot contain metrics with the same labelset");
      copyStep(present ? column : other, joined, step);
    }
    byKey.set(key, joined);
  }
  return [...byKey.values()];
}
