import { DatabaseSync } from "node:sqlite";
import { PROJECT_MIGRATIONS } from "../project/project-migrations.ts";
import type { Migration } from "../storage/migrations/run-migrations.ts";
import { SERIES_SHARD_MIGRATIONS } from "../storage/migrations/series-shard.ts";

/** One line of a database's schema. */
interface SchemaLine {
  readonly type: string;
  readonly name: string;
  readonly table: string;
  readonly sql: string;
}

/** Letters by which a damaged line may differ from the one it was. */
const MOST_DIFFERENT = 8;
/** Tables that are made as they are needed. */
const BY_NUMBER: readonly (readonly [RegExp, string])[] = [
  [/^wal_\d+$/, "(id INTEGER PRIMARY KEY, record BLOB NOT NULL)"],
  [/^run_\d+$/, "(id INTEGER PRIMARY KEY, body BLOB NOT NULL)"],
];

const migrationsOf = (folder: string): readonly Migration[] | null => {
  if (folder.endsWith("-SeriesShard")) return SERIES_SHARD_MIGRATIONS;
  return folder.endsWith("-Project") ? PROJECT_MIGRATIONS : null;
};

/** Whether objects in this folder have numbered tables of ours. */
export const isVersioned = (folder: string): boolean => migrationsOf(folder) !== null;

/**
 * A flipped bit in the text of one CREATE TABLE makes SQLite refuse all of a database, or takes that table out of it. What
 * the tables of an object are is known: in this file, a copy that may be written to, each line becomes what migrations make.
 * What cannot be told stays as it is.
 */
export function mendSchema(path: string, folder: string): void {
  const migrations = migrationsOf(folder);
  if (migrations === null) return;
  let database: DatabaseSync | null = null;
  try {
    database = new DatabaseSync(path, { defensive: false });
    database.exec("PRAGMA writable_schema = ON");
    const known = knownLines(migrations, versionOf(database));
    const lines = database.prepare("SELECT rowid, type, name, tbl_name, sql FROM sqlite_master WHERE sql IS NOT NULL").all();
    const found = new Set(lines.map(({ name }) => String(name)));
    const update = database.prepare("UPDATE sqlite_master SET type = ?, name = ?, tbl_name = ?, sql = ? WHERE rowid = ?");
    for (const { rowid, type, name, tbl_name, sql } of lines) {
      const is = { type: String(type), name: String(name), table: String(tbl_name), sql: String(sql) };
      const line =
        known.get(is.name) ??
        numbered(is.name) ??
        closest(
          is,
          [...known.values()].filter((one) => !found.has(one.name)),
        );
      if (line === null || (line.type === is.type && line.name === is.name && line.table === is.table && line.sql === is.sql)) continue;
      update.run(line.type, line.name, line.table, line.sql, rowid ?? null);
    }
  } catch {
    // As far as it went.
  } finally {
    database?.close();
  }
}

/**
 * Which migrations a copy has been through is in one page: where that is lost, it shows in the tables that there are.
 * Writes it down; false when the tables are none of ours.
 */
export function restoreVersion(copy: DatabaseSync, folder: string): boolean {
  const migrations = migrationsOf(folder) ?? [];
  const names = new Set(
    copy
      .prepare("SELECT name FROM sqlite_master")
      .all()
      .map(({ name }) => String(name)),
  );
  const newest = migrations.findLast(({ id }) => [...knownLines(migrations, id).keys()].every((name) => names.has(name)));
  if (newest === undefined) return false;
  const insert = copy.prepare("INSERT INTO schema_migrations (id, applied_at) VALUES (?, 0)");
  for (const { id } of migrations) if (id <= newest.id) insert.run(id);
  return true;
}

function versionOf(database: DatabaseSync): number {
  try {
    const id = database.prepare("SELECT max(id) AS id FROM schema_migrations").get()?.["id"];
    return typeof id === "number" ? id : Infinity;
  } catch {
    return Infinity;
  }
}

function knownLines(migrations: readonly Migration[], version: number): Map<string, SchemaLine> {
  const empty = new DatabaseSync(":memory:");
  try {
    empty.exec("CREATE TABLE schema_migrations (id INTEGER PRIMARY KEY, applied_at INTEGER NOT NULL)");
    for (const { id, statements } of migrations) if (id <= version) for (const statement of statements) empty.exec(statement);
    const lines = empty.prepare("SELECT type, name, tbl_name, sql FROM sqlite_master WHERE sql IS NOT NULL").all();
    return new Map(
      lines.map(({ type, name, tbl_name, sql }) => [
        String(name),
        { type: String(type), name: String(name), table: String(tbl_name), sql: String(sql) },
      ]),
    );
  } finally {
    empty.close();
  }
}

function numbered(name: string): SchemaLine | null {
  const columns = BY_NUMBER.find(([pattern]) => pattern.test(name))?.[1];
  return columns === undefined ? null : { type: "table", name, table: name, sql: `CREATE TABLE ${name} ${columns}` };
}

/** The one whose text is nearly this one. */
const closest = (line: SchemaLine, among: readonly SchemaLine[]): SchemaLine | null =>
  among.find(({ sql }) => sql.length === line.sql.length && differences(sql, line.sql) <= MOST_DIFFERENT) ?? null;

function differences(left: string, right: string): number {
  let count = 0;
  for (let i = 0; i < left.length; i++) if (left[i] !== right[i]) count++;
  return count;
}
