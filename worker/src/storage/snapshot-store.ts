import { seal, unseal } from "./sealed-blob.ts";
import type { SqlDatabase } from "./sql-database.ts";

const SNAPSHOT_VERSION = 1;
/** An object's row holds 2 MB at most; rows read and written are the bill. */
const PART_BYTES = 1_900_000;

/** Named blobs of any size, in rows of at most 1.9 MB; each write replaces the one before. */
export class SnapshotStore {
  readonly #database: SqlDatabase;

  constructor(database: SqlDatabase) {
    this.#database = database;
  }

  write(name: string, bytes: Uint8Array): void {
    const parts = Math.max(1, Math.ceil(bytes.length / PART_BYTES));
    this.#database.transaction(() => {
      for (let part = 0; part < parts; part++) {
        const body = seal("snapshot", SNAPSHOT_VERSION, bytes.subarray(part * PART_BYTES, (part + 1) * PART_BYTES));
        this.#database.run("INSERT OR REPLACE INTO snapshots (name, part, body) VALUES (?, ?, ?)", name, part, body);
      }
      this.#database.run("DELETE FROM snapshots WHERE name = ? AND part >= ?", name, parts);
    });
  }

  /** Whether there was one; costs nothing where there is none. */
  remove(name: string): boolean {
    return this.#database.all("DELETE FROM snapshots WHERE name = ? RETURNING part", name).length > 0;
  }

  /** Null when there is none; a damaged one reads as `problem`, and its owner starts afresh. */
  read(name: string): { readonly bytes: Uint8Array; readonly problem: string | null } | null {
    const bodies: Uint8Array[] = [];
    // By its whole key: a look for all parts reads the row behind them, too. A part that is not full is the last.
    for (let full = true; full;) {
      const [row] = this.#database.all<{ body: Uint8Array }>("SELECT body FROM snapshots WHERE name = ? AND part = ?", name, bodies.length);
      if (row === undefined) break;
      const opened = unseal("snapshot", SNAPSHOT_VERSION, row.body);
      if (!opened.ok) return { bytes: new Uint8Array(), problem: `snapshot ${name}: ${opened.error.message}` };
      bodies.push(opened.value.body);
      full = opened.value.body.length >= PART_BYTES;
    }
    if (bodies.length === 0) return null;
    const bytes = new Uint8Array(bodies.reduce((sum, body) => sum + body.length, 0));
    let at = 0;
    for (const body of bodies) {
      bytes.set(body, at);
      at += body.length;
    }
    return { bytes, problem: null };
  }
}
