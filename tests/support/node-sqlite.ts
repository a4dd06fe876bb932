import { DatabaseSync } from "node:sqlite";
import type { SqlDatabase, SqlValue } from "../../worker/src/storage/sql-database.ts";

/** What every SQL port over node:sqlite shares: one database, transactions that nest, sizes. In memory unless a file is named. */
export abstract class NodeSqlite implements SqlDatabase {
  protected readonly database: DatabaseSync;
  #depth = 0;

  constructor(file = ":memory:") {
    this.database = new DatabaseSync(file);
  }

  abstract all<Row extends Record<string, SqlValue>>(sql: string, ...params: SqlValue[]): Row[];
  abstract run(sql: string, ...params: SqlValue[]): void;

  transaction<T>(body: () => T): T {
    if (this.#depth > 0) return body();
    this.database.exec("BEGIN");
    this.#depth += 1;
    try {
      const value = body();
      this.database.exec("COMMIT");
      return value;
    } catch (error) {
      this.database.exec("ROLLBACK");
      throw error;
    } finally {
      this.#depth -= 1;
    }
  }

  get sizeBytes(): number {
    const row = this.database.prepare("SELECT page_count * page_size AS bytes FROM pragma_page_count(), pragma_page_size()").get();
    return Number(row?.["bytes"] ?? 0);
  }

  close(): void {
    this.database.close();
  }
}

/** A value as node:sqlite binds it. */
export const bindable = (value: SqlValue) => (value instanceof ArrayBuffer ? new Uint8Array(value) : value);
