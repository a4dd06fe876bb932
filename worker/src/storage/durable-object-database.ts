import type { SqlDatabase, SqlValue } from "./sql-database.ts";

type Column = SqlStorageValue;

/** The SQL port over a Durable Object's own SQLite. */
export class DurableObjectDatabase implements SqlDatabase {
  readonly #storage: DurableObjectStorage;
  #depth = 0;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
  }

  all<Row extends Record<string, SqlValue>>(sql: string, ...params: SqlValue[]): Row[] {
    const rows: Row[] = [];
    for (const row of this.#storage.sql.exec<Record<string, Column>>(sql, ...params)) {
      const shaped: Record<string, SqlValue> = {};
      for (const name in row) {
        const value = row[name] ?? null;
        shaped[name] = value instanceof ArrayBuffer ? new Uint8Array(value) : value;
      }
      rows.push(shaped as Row);
    }
    return rows;
  }

  run(sql: string, ...params: SqlValue[]): void {
    this.#storage.sql.exec(sql, ...params);
  }

  transaction<T>(body: () => T): T {
    if (this.#depth > 0) return body();
    this.#depth += 1;
    try {
      return this.#storage.transactionSync(body);
    } finally {
      this.#depth -= 1;
    }
  }

  get sizeBytes(): number {
    return this.#storage.sql.databaseSize;
  }
}
