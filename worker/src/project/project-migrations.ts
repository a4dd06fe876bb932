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
  {
    id: 3,
    statements: [
      "CREATE TABLE alert_groups (key TEXT PRIMARY KEY, route TEXT NOT NULL, receiver TEXT NOT NULL, labels TEXT NOT NULL, flush_at INTEGER, told_at INTEGER, held TEXT NOT NULL) WITHOUT ROWID",
      "CREATE INDEX alert_groups_due ON alert_groups (flush_at) WHERE flush_at IS NOT NULL",
      "CREATE TABLE group_alerts (group_key TEXT NOT NULL, fingerprint TEXT NOT NULL, alert_id TEXT NOT NULL, PRIMARY KEY (group_key, fingerprint)) WITHOUT ROWID",
      "CREATE INDEX group_alerts_by_alert ON group_alerts (fingerprint)",
      "CREATE TABLE told (group_key TEXT NOT NULL, integration INTEGER NOT NULL, at INTEGER NOT NULL, firing TEXT NOT NULL, unsettled TEXT NOT NULL, PRIMARY KEY (group_key, integration)) WITHOUT ROWID",
      // What was told is in `told` now, and a step of an alert is applied once.
      "DROP TABLE notified",
      "CREATE TABLE trace (alert_id TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID",
      "ALTER TABLE alerts ADD COLUMN fingerprint TEXT NOT NULL DEFAULT ''",
      // When time alone changes an alert: its snooze ends, or its severity rises.
      "ALTER TABLE alerts ADD COLUMN wake_at INTEGER",
      "UPDATE alerts SET fingerprint = substr(id, 1, instr(id, '-') - 1)",
      "CREATE INDEX alerts_by_fingerprint ON alerts (fingerprint, active_at)",
      "CREATE INDEX alerts_to_wake ON alerts (wake_at) WHERE wake_at IS NOT NULL",
      "CREATE INDEX alerts_resolved ON alerts (resolved_at) WHERE resolved_at IS NOT NULL",
      "ALTER TABLE silences ADD COLUMN phase TEXT NOT NULL DEFAULT 'pending'",
      "ALTER TABLE silences ADD COLUMN next_at INTEGER",
      "UPDATE silences SET next_at = starts_at",
    ],
  },
  {
    id: 4,
    statements: [
      "ALTER TABLE outbox ADD COLUMN integration INTEGER NOT NULL DEFAULT 0",
      "ALTER TABLE outbox ADD COLUMN group_key TEXT NOT NULL DEFAULT ''",
      "ALTER TABLE outbox ADD COLUMN buried_at INTEGER",
      "UPDATE outbox SET buried_at = created_at WHERE due_at >= 8640000000000000",
      // What was news of one alert keeps its order with that alert.
      "UPDATE outbox SET group_key = alert_id WHERE receiver <> 'editor'",
      "CREATE INDEX outbox_waiting ON outbox (receiver, integration, group_key, id) WHERE due_at < 8640000000000000",
      "CREATE INDEX outbox_due ON outbox (receiver, integration, due_at, id) WHERE due_at < 8640000000000000",
      "CREATE TABLE channels (receiver TEXT NOT NULL, integration INTEGER NOT NULL, failures INTEGER NOT NULL, failing_since INTEGER, not_before INTEGER NOT NULL, tokens REAL NOT NULL, refilled_at INTEGER NOT NULL, delivered_at INTEGER, error TEXT, PRIMARY KEY (receiver, integration)) WITHOUT ROWID",
      "CREATE TABLE deliveries (id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, key TEXT NOT NULL, receiver TEXT NOT NULL, integration INTEGER NOT NULL, type TEXT NOT NULL, outcome TEXT NOT NULL, status INTEGER, attempts INTEGER NOT NULL, duration_ms INTEGER NOT NULL, error TEXT)",
      "CREATE INDEX deliveries_by_receiver ON deliveries (receiver, id)",
      "CREATE TABLE templates (name TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID",
    ],
  },
  {
    id: 5,
    statements: [
      "CREATE TABLE schedules (name TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID",
      "CREATE TABLE escalation_policies (name TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID",
    ],
  },
  {
    id: 6,
    statements: ["CREATE TABLE applied (kind TEXT NOT NULL, name TEXT NOT NULL, PRIMARY KEY (kind, name)) WITHOUT ROWID"],
  },
  {
    id: 7,
    statements: [
      "CREATE TABLE escalations (group_key TEXT PRIMARY KEY, policy TEXT NOT NULL, body TEXT NOT NULL, due_at INTEGER) WITHOUT ROWID",
      "CREATE INDEX escalations_due ON escalations (due_at) WHERE due_at IS NOT NULL",
      "CREATE TABLE incidents (id TEXT PRIMARY KEY, newest_at INTEGER NOT NULL, resolved_at INTEGER, body TEXT NOT NULL) WITHOUT ROWID",
      "CREATE INDEX incidents_open ON incidents (newest_at) WHERE resolved_at IS NULL",
      "CREATE TABLE incident_alerts (alert_id TEXT PRIMARY KEY, incident_id TEXT NOT NULL) WITHOUT ROWID",
      "CREATE INDEX alerts_of_incident ON incident_alerts (incident_id)",
      "CREATE TABLE deploys (id TEXT PRIMARY KEY, at INTEGER NOT NULL, body TEXT NOT NULL) WITHOUT ROWID",
      "CREATE INDEX deploys_by_time ON deploys (at)",
      "CREATE TABLE dependencies (source TEXT NOT NULL, target TEXT NOT NULL, origin TEXT NOT NULL, seen_at INTEGER NOT NULL, PRIMARY KEY (source, target, origin)) WITHOUT ROWID",
      "CREATE TABLE external_alerts (fingerprint TEXT PRIMARY KEY, active_at INTEGER NOT NULL, ends_at INTEGER NOT NULL, body TEXT NOT NULL) WITHOUT ROWID",
      "CREATE INDEX external_alerts_ending ON external_alerts (ends_at)",
    ],
  },
  {
    id: 8,
    statements: [
      "ALTER TABLE incidents ADD COLUMN started_at INTEGER NOT NULL DEFAULT 0",
      "ALTER TABLE incidents ADD COLUMN alerts INTEGER NOT NULL DEFAULT 0",
      "ALTER TABLE incidents ADD COLUMN open INTEGER NOT NULL DEFAULT 0",
      "CREATE INDEX incidents_resolved ON incidents (resolved_at) WHERE resolved_at IS NOT NULL",
      // The newest alert about each thing: what begins next finds what it is related to.
      "CREATE TABLE onsets (key TEXT PRIMARY KEY, alert_id TEXT NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID",
      "CREATE INDEX onsets_by_time ON onsets (at)",
    ],
  },
  {
    id: 9,
    statements: [
      "CREATE TABLE forecasts (query TEXT NOT NULL, horizon_ms INTEGER NOT NULL, asked_at INTEGER NOT NULL, refresh_at INTEGER, body TEXT NOT NULL, PRIMARY KEY (query, horizon_ms)) WITHOUT ROWID",
      "CREATE INDEX forecasts_due ON forecasts (refresh_at) WHERE refresh_at IS NOT NULL",
      "CREATE INDEX forecasts_asked ON forecasts (asked_at)",
    ],
  },
  {
    id: 10,
    statements: [
      "CREATE TABLE held_from_editor (alert_id TEXT PRIMARY KEY, stage TEXT NOT NULL, again_at INTEGER) WITHOUT ROWID",
      "CREATE INDEX held_from_editor_due ON held_from_editor (again_at) WHERE again_at IS NOT NULL",
    ],
  },
  {
    id: 11,
    statements: [
      "ALTER TABLE outbox ADD COLUMN severity INTEGER NOT NULL DEFAULT 0",
      "ALTER TABLE outbox ADD COLUMN digest INTEGER NOT NULL DEFAULT 0",
      "CREATE INDEX outbox_order ON outbox (receiver, integration, severity DESC, due_at, id) WHERE due_at < 8640000000000000",
      "CREATE TABLE folded_groups (receiver TEXT NOT NULL, integration INTEGER NOT NULL, group_key TEXT NOT NULL, lane TEXT NOT NULL, open INTEGER NOT NULL, PRIMARY KEY (receiver, integration, group_key)) WITHOUT ROWID",
      "CREATE INDEX folded_groups_by_lane ON folded_groups (receiver, integration, lane, open)",
      "CREATE TABLE digest_alerts (digest INTEGER NOT NULL, fingerprint TEXT NOT NULL, alert_id TEXT NOT NULL, group_key TEXT NOT NULL, name TEXT NOT NULL, severity INTEGER NOT NULL, state TEXT NOT NULL, untold INTEGER NOT NULL, PRIMARY KEY (digest, fingerprint, alert_id)) WITHOUT ROWID",
    ],
  },
  {
    id: 12,
    statements: [
      // Bodies of what people configure end in their checksum from here on.
      "CREATE TABLE quarantine (id INTEGER PRIMARY KEY, origin TEXT NOT NULL, reason TEXT NOT NULL, found_at INTEGER NOT NULL, body BLOB NOT NULL, mended INTEGER NOT NULL DEFAULT 0)",
    ],
  },
];
