import type { Migration } from "./run-migrations.ts";

/** Append only: a released migration is never edited. WAL segments and daily block tables are made as they are needed (SCHEMA.md). */
export const SERIES_SHARD_MIGRATIONS: readonly Migration[] = [
  {
    id: 1,
    statements: [
      "CREATE TABLE wal_segments (segment INTEGER PRIMARY KEY, opened_at INTEGER NOT NULL)",
      "CREATE TABLE block_days (day INTEGER PRIMARY KEY)",
      "CREATE TABLE series (id INTEGER PRIMARY KEY, body BLOB NOT NULL)",
      "CREATE TABLE snapshots (name TEXT NOT NULL, part INTEGER NOT NULL, body BLOB NOT NULL, PRIMARY KEY (name, part)) WITHOUT ROWID",
      "CREATE TABLE quarantine (id INTEGER PRIMARY KEY, origin TEXT NOT NULL, reason TEXT NOT NULL, found_at INTEGER NOT NULL, body BLOB NOT NULL)",
      "CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
      "CREATE TABLE alert_states (fingerprint TEXT PRIMARY KEY, state BLOB NOT NULL) WITHOUT ROWID",
      "CREATE TABLE outbox (seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, transition TEXT NOT NULL, enqueued_at INTEGER NOT NULL)",
      "CREATE TABLE anomalies (id INTEGER PRIMARY KEY, t INTEGER NOT NULL, body TEXT NOT NULL)",
      "CREATE TABLE idempotency (key TEXT PRIMARY KEY, answer TEXT NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID",
      "CREATE TABLE tasks (name TEXT PRIMARY KEY, due_at INTEGER NOT NULL, attempts INTEGER NOT NULL, error TEXT) WITHOUT ROWID",
    ],
  },
  // Answers from before have no hash; their keys repeat with any body until they are forgotten.
  { id: 2, statements: ["ALTER TABLE idempotency ADD COLUMN body_hash TEXT NOT NULL DEFAULT ''"] },
  {
    id: 3,
    statements: [
      "CREATE TABLE sender_claims (sender TEXT PRIMARY KEY, owner TEXT NOT NULL, held INTEGER, version INTEGER NOT NULL, mark TEXT NOT NULL) WITHOUT ROWID",
    ],
  },
  { id: 4, statements: ["CREATE TABLE exemplars (id INTEGER PRIMARY KEY, count INTEGER NOT NULL, body BLOB NOT NULL)"] },
  { id: 5, statements: ["CREATE TABLE divisions (sender TEXT PRIMARY KEY, epoch TEXT NOT NULL, seq INTEGER NOT NULL) WITHOUT ROWID"] },
  {
    id: 6,
    statements: [
      "CREATE TABLE series_copies (id INTEGER PRIMARY KEY, body BLOB NOT NULL)",
      "ALTER TABLE quarantine ADD COLUMN mended INTEGER NOT NULL DEFAULT 0",
    ],
  },
  {
    id: 7,
    statements: ["CREATE TABLE crossing_forecasts (key TEXT PRIMARY KEY, made_at INTEGER NOT NULL, body BLOB NOT NULL) WITHOUT ROWID"],
  },
  { id: 8, statements: ["CREATE INDEX anomalies_by_time ON anomalies (t)"] },
];
