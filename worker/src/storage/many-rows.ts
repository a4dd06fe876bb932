/** Inside a transaction: many rows in few statements, each of which costs some 10 µs whatever it says. */
import type { SqlDatabase, SqlValue } from "./sql-database.ts";

/** The platform's bound on the parameters of a statement. */
const MAX_PARAMETERS = 100;

/** Rows of equal width, in their order. `insert`: the statement up to its VALUES, which are left out. */
export function insertRows(database: SqlDatabase, insert: string, rows: readonly (readonly SqlValue[])[]): void {
  const width = rows[0]?.length ?? 1;
  const marks = `(${marksOf(width)})`;
  for (const some of chunks(rows, Math.floor(MAX_PARAMETERS / width)))
    database.run(`${insert} VALUES ${Array<string>(some.length).fill(marks).join(", ")}`, ...some.flat());
}

/** `where`: the statement up to the column whose values are given, `DELETE FROM alerts WHERE id`. */
export function deleteRows(database: SqlDatabase, where: string, values: readonly SqlValue[]): void {
  for (const some of chunks(values, MAX_PARAMETERS)) database.run(`${where} IN (${marksOf(some.length)})`, ...some);
}

const marksOf = (count: number): string => Array<string>(count).fill("?").join(", ");

function* chunks<T>(all: readonly T[], size: number): Generator<readonly T[]> {
  for (let from = 0; from < all.length; from += size) yield all.slice(from, from + size);
}
