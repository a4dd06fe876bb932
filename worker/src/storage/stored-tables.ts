import type { SqlDatabase } from "./sql-database.ts";

/** Whether a table `<name>(id, …)` is there. Reads no row. */
export function hasTable(database: SqlDatabase, name: string): boolean {
  try {
    database.all(`SELECT id FROM ${name} LIMIT 0`);
    return true;
  } catch (error) {
    if (error instanceof Error && error.message.includes("no such table")) return false;
    throw error;
  }
}

/** The numbers n of tables `<prefix>n`, ascending. Reads a row for each table there is: for what is damaged, and for what is new. */
export const tableNumbers = (database: SqlDatabase, prefix: string): number[] =>
  database
    .all<{ name: string }>("SELECT name FROM sqlite_master WHERE type = 'table' AND name GLOB ?", `${prefix}[0-9]*`)
    .map(({ name }) => Number(name.slice(prefix.length)))
    .sort((a, b) => a - b);
