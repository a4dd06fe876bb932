import type { TaskLog } from "../objects/alarm-scheduler.ts";
import type { SqlDatabase } from "../storage/sql-database.ts";

/** Failures of tasks in the shard's own database. */
export const taskLog = (database: SqlDatabase): TaskLog => ({
  load: () =>
    database
      .all<{ name: string; due_at: number; attempts: number; error: string | null }>("SELECT name, due_at, attempts, error FROM tasks")
      .map((row) => ({ name: row.name, retryAt: row.due_at, attempts: row.attempts, error: row.error ?? "" })),
  failed: (name, retryAt, attempts, error) =>
    database.run(
      "INSERT OR REPLACE INTO tasks (name, due_at, attempts, error) VALUES (?, ?, ?, ?)",
      name,
      Math.trunc(retryAt),
      attempts,
      error,
    ),
  recovered: (name) => database.run("DELETE FROM tasks WHERE name = ?", name),
});
