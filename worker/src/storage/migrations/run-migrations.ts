import type { SqlDatabase } from "../sql-database.ts";

export interface Migration {
  readonly id: number;
  readonly statements: readonly string[];
}

/**
 * Brings a database up to the newest migration, each step in its own transaction, and returns the version reached.
 * A database of a later version is left as it is and refused by throwing: an older build must not write to it.
 */
export function runMigrations(database: SqlDatabase, migrations: readonly Migration[], nowMs: number): number {
  database.run("CREATE TABLE IF NOT EXISTS schema_migrations (id INTEGER PRIMARY KEY, applied_at INTEGER NOT NULL)");
  const applied = database.all<{ id: number | null }>("SELECT max(id) AS id FROM schema_migrations")[0]?.id ?? 0;
  const newest = migrations.at(-1)?.id ?? 0;
  if (applied > newest) throw new Error(`this storage is of schema ${applied}, this build knows ${newest}: start the newer version again`);
  for (const migration of migrations) {
    if (migration.id <= applied) continue;
    database.transaction(() => {
      for (const statement of migration.statements) database.run(statement);
      database.run("INSERT INTO schema_migrations (id, applied_at) VALUES (?, ?)", migration.id, nowMs);
    });
  }
  return newest;
}
