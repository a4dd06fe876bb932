import type { Quarantine } from "./quarantine.ts";
import { unseal } from "./sealed-blob.ts";
import type { SqlDatabase } from "./sql-database.ts";
import type { WalVisitor } from "./wal-record.ts";
import { WAL_VERSION, readWalRecord } from "./wal-record.ts";

/** Write-ahead log: a table of blobs per segment; a segment whose samples are in blocks is dropped, never deleted from. */
export class Wal {
  readonly #database: SqlDatabase;
  #segment = 0;
  #bytes = 0;
  #position = 0;
  #openedAt: number;

  constructor(database: SqlDatabase, nowMs: number) {
    this.#database = database;
    this.#openedAt = nowMs;
    const newest = database.all<{ segment: number; opened_at: number }>(
      "SELECT segment, opened_at FROM wal_segments ORDER BY segment DESC LIMIT 1",
    )[0];
    if (newest === undefined) this.cut(nowMs);
    else {
      this.#segment = newest.segment;
      this.#openedAt = newest.opened_at;
    }
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** When the segment was begun, ms: over restarts and hibernation, the age of what it holds. */
  get openedAt(): number {
    return this.#openedAt;
  }

  /** The last row written, as `segment:row`; a snapshot taken now covers everything up to it. */
  get position(): { readonly segment: number; readonly row: number } {
    return { segment: this.#segment, row: this.#position };
  }

  /** Inside the caller's transaction. */
  append(blobs: readonly Uint8Array[]): void {
    for (const blob of blobs) {
      this.#database.run(`INSERT INTO wal_${this.#segment} (id, record) VALUES (?, ?)`, ++this.#position, blob);
      this.#bytes += blob.length;
    }
  }

  /** Starts a new segment and drops the older ones; inside the transaction that writes their blocks. */
  cut(nowMs: number): void {
    const old = this.#database.all<{ segment: number }>("SELECT segment FROM wal_segments");
    this.#database.transaction(() => {
      const next = this.#segment + 1;
      this.#database.run(`CREATE TABLE wal_${next} (id INTEGER PRIMARY KEY, record BLOB NOT NULL)`);
      this.#database.run("INSERT INTO wal_segments (segment, opened_at) VALUES (?, ?)", next, nowMs);
      for (const { segment } of old) {
        this.#database.run(`DROP TABLE wal_${segment}`);
        this.#database.run("DELETE FROM wal_segments WHERE segment = ?", segment);
      }
    });
    this.#segment += 1;
    this.#openedAt = nowMs;
    this.#bytes = 0;
    this.#position = 0;
  }

  /**
   * Reads everything back in order of writing; `onRow` tells which row comes next. A damaged blob goes to quarantine and
   * the rest is read on: the sequence marks show what is missing.
   */
  replay(visitor: WalVisitor, quarantine: Quarantine, nowMs: number, onRow: (segment: number, row: number) => void): void {
    for (const { segment } of this.#database.all<{ segment: number }>("SELECT segment FROM wal_segments ORDER BY segment")) {
      let last = 0;
      for (;;) {
        const rows = this.#database.all<{ id: number; record: Uint8Array }>(
          `SELECT id, record FROM wal_${segment} WHERE id > ? ORDER BY id LIMIT 8`,
          last,
        );
        if (rows.length === 0) break;
        for (const row of rows) {
          last = row.id;
          onRow(segment, row.id);
          const reason = this.#read(row.record, visitor);
          if (reason === null) {
            this.#bytes += row.record.length;
            continue;
          }
          this.#database.transaction(() => {
            quarantine.add(`wal_${segment}/${row.id}`, reason, row.record, nowMs);
            this.#database.run(`DELETE FROM wal_${segment} WHERE id = ?`, row.id);
          });
        }
      }
      if (segment === this.#segment) this.#position = last;
    }
  }

  #read(record: Uint8Array, visitor: WalVisitor): string | null {
    const opened = unseal("wal", WAL_VERSION, record);
    if (!opened.ok) return opened.error.message;
    try {
      readWalRecord(opened.value.body, visitor);
      return null;
    } catch (error) {
      return `its sections cannot be read: ${error instanceof Error ? error.message : String(error)}`;
    }
  }
}
