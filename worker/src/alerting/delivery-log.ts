import type { Delivery, LoggedOutcome } from "@sightline/shared/api/receiver-responses";
import type { SqlDatabase } from "../storage/sql-database.ts";

/** Entries kept of each receiver. */
const KEPT = 500;

export function logDelivery(database: SqlDatabase, entry: Delivery): void {
  database.run(
    "INSERT INTO deliveries (at, key, receiver, integration, type, outcome, status, attempts, duration_ms, error) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    entry.at,
    entry.key,
    entry.receiver,
    entry.integration,
    entry.type,
    entry.outcome,
    entry.status,
    entry.attempts,
    Math.round(entry.durationMs),
    entry.error,
  );
  database.run(
    "DELETE FROM deliveries WHERE receiver = ? AND id <= (SELECT id FROM deliveries WHERE receiver = ? ORDER BY id DESC LIMIT 1 OFFSET ?)",
    entry.receiver,
    entry.receiver,
    KEPT,
  );
}

/** Newest first. */
export function readDeliveries(database: SqlDatabase, receiver: string, limit: number): readonly Delivery[] {
  return database
    .all<Record<string, string | number | null>>("SELECT * FROM deliveries WHERE receiver = ? ORDER BY id DESC LIMIT ?", receiver, limit)
    .map((row) => ({
      at: Number(row["at"]),
      key: String(row["key"]),
      receiver,
      integration: Number(row["integration"]),
      type: String(row["type"]),
      outcome: String(row["outcome"]) as LoggedOutcome,
      status: row["status"] === null ? null : Number(row["status"]),
      attempts: Number(row["attempts"]),
      durationMs: Number(row["duration_ms"]),
      error: row["error"] === null ? null : String(row["error"]),
    }));
}
