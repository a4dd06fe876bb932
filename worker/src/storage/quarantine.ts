import type { SqlDatabase } from "./sql-database.ts";

/** Damaged blobs are moved aside, never thrown away: the bytes stay for whoever wants to look, the rest stays readable. */
export class Quarantine {
  readonly #database: SqlDatabase;

  constructor(database: SqlDatabase) {
    this.#database = database;
  }

  /** `origin` is `table/id`. The caller deletes the row it came from in the same transaction. */
  add(origin: string, reason: string, blob: Uint8Array, nowMs: number): void {
    this.#database.run("INSERT INTO quarantine (origin, reason, found_at, body) VALUES (?, ?, ?, ?)", origin, reason, nowMs, blob);
  }

  /** One sentence for each damaged blob, newest first. */
  problems(): string[] {
    return this.#database
      .all<{ origin: string; reason: string }>("SELECT origin, reason FROM quarantine ORDER BY id DESC LIMIT 100")
      .map((row) => `${row.origin} is damaged and set aside: ${row.reason}`);
  }
}
