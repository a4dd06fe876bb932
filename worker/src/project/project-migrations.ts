import type { Migration } from "../storage/migrations/run-migrations.ts";

/** Append only: a released migration is never edited (SCHEMA.md). */
export const PROJECT_MIGRATIONS: readonly Migration[] = [
  {
    id: 1,
    statements: [
      "CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
      "CREATE TABLE tokens (id TEXT PRIMARY KEY, hash TEXT NOT NULL UNIQUE, name TEXT NOT NULL, role TEXT NOT NULL, user_id TEXT, created_at INTEGER NOT NULL, expires_at INTEGER, last_used_at INTEGER) WITHOUT ROWID",
      "CREATE TABLE users (id TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID",
      "CREATE TABLE tickets (hash TEXT PRIMARY KEY, principal TEXT NOT NULL, expires_at INTEGER NOT NULL) WITHOUT ROWID",
      "CREATE TABLE shards (name TEXT PRIMARY KEY, position INTEGER NOT NULL, config_version INTEGER NOT NULL, attempts INTEGER NOT NULL, retry_at INTEGER) WITHOUT ROWID",
      "CREATE TABLE rule_groups (name TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID",
      "CREATE TABLE removed_rules (group_name TEXT NOT NULL, rule TEXT NOT NULL, PRIMARY KEY (group_name, rule)) WITHOUT ROWID",
      "CREATE TABLE slos (id TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID",
      "CREATE TABLE silences (id TEXT PRIMARY KEY, starts_at INTEGER NOT NULL, ends_at INTEGER NOT NULL, body TEXT NOT NULL) WITHOUT ROWID",
      "CREATE TABLE receivers (name TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID",
      "CREATE TABLE alerts (id TEXT PRIMARY KEY, state TEXT NOT NULL, active_at INTEGER NOT NULL, fired_at INTEGER, resolved_at INTEGER, body TEXT NOT NULL) WITHOUT ROWID",
      "CREATE INDEX alerts_by_state ON alerts (state, active_at)",
      "CREATE TABLE received (id TEXT PRIMARY KEY, at INTEGER NOT NULL) WITHOUT ROWID",
      "CREATE TABLE outbox (id INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL UNIQUE, receiver TEXT NOT NULL, alert_id TEXT NOT NULL, body TEXT NOT NULL, attempts INTEGER NOT NULL, due_at INTEGER NOT NULL, created_at INTEGER NOT NULL, error TEXT)",
      "CREATE TABLE notified (key TEXT PRIMARY KEY, at INTEGER NOT NULL) WITHOUT ROWID",
      "CREATE TABLE audit (id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, actor TEXT NOT NULL, action TEXT NOT NULL, detail TEXT NOT NULL, hash TEXT NOT NULL)",
    ],
  },
  {
    id: 2,
    statements: [
      "CREATE TABLE shard_epochs (version INTEGER PRIMARY KEY, since INTEGER NOT NULL, shards INTEGER NOT NULL)",
      "CREATE TABLE shard_splits (version INTEGER PRIMARY KEY, since INTEGER NOT NULL, sender TEXT NOT NULL, shards TEXT NOT NULL)",
      // What was stored before epochs were counted belongs to the first.
      "INSERT INTO shard_epochs (version, since, shards) VALUES (1, 0, 1)",
    ],
  },
];
