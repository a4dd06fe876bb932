import type { SqlDatabase } from "./sql-database.ts";

/**
 * Second copies of the rows of the series log. Samples are numbers without the definition of their series, and one row
 * defines up to 5,000 of them: a page that is lost there would be worth a whole shard. Written apart from their originals,
 * after the samples that were packed in between, so that one torn stretch of the file seldom has both.
 */
export class SeriesCopies {
  readonly #database: SqlDatabase;
  readonly #ids: Set<number>;

  constructor(database: SqlDatabase) {
    this.#database = database;
    this.#ids = new Set(database.all<{ id: number }>("SELECT id FROM series_copies ORDER BY id").map(({ id }) => id));
  }

  get ids(): ReadonlySet<number> {
    return this.#ids;
  }

  read(id: number): Uint8Array | null {
    return this.#database.all<{ body: Uint8Array }>("SELECT body FROM series_copies WHERE id = ?", id)[0]?.body ?? null;
  }

  /** Copies one of these rows that has no copy yet; false when none is left. */
  step(rows: readonly { readonly id: number }[]): boolean {
    const row = rows.find(({ id }) => !this.#ids.has(id));
    if (row === undefined) return false;
    this.#database.run("INSERT INTO series_copies (id, body) SELECT id, body FROM series WHERE id = ?", row.id);
    this.#ids.add(row.id);
    return true;
  }

  /** In the transaction that deletes its original. */
  remove(id: number): void {
    if (this.#ids.delete(id)) this.#database.run("DELETE FROM series_copies WHERE id = ?", id);
  }
}
