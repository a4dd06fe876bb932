import type { AlarmTask, TaskLog } from "../objects/alarm-scheduler.ts";
import type { RunArchive } from "../storage/run-archive.ts";
import type { SqlDatabase } from "../storage/sql-database.ts";
import type { ShardCore } from "./shard-core.ts";

/** What a shard does without being asked. */
export const shardTasks = (core: ShardCore, archive: RunArchive | null = null): readonly AlarmTask[] => [
  { name: "outbox", dueAt: (now) => core.due(now).outbox, run: () => core.deliverOutbox() },
  { name: "evaluation", dueAt: (now) => core.due(now).evaluation, run: (now) => core.tick(now) },
  { name: "flush", dueAt: (now) => core.due(now).flush, run: (now) => core.flushStep(now) },
  { name: "compaction", dueAt: (now) => core.due(now).compaction, run: (now) => core.compact(now) },
  { name: "archive", dueAt: (now) => (archive === null || archive.pending === null ? null : now), run: () => archive?.storeNext() },
  { name: "retention", dueAt: (now) => core.due(now).retention, run: (now) => core.retain(now) },
];

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
