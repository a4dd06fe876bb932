import type { SqlDatabase, SqlValue } from "../../worker/src/storage/sql-database.ts";
import { NodeSqlite, bindable } from "./node-sqlite.ts";

/** The SQL port over node:sqlite, in memory unless a file is named. */
export class NodeDatabase extends NodeSqlite {
  all<Row extends Record<string, SqlValue>>(sql: string, ...params: SqlValue[]): Row[] {
    return this.database.prepare(sql).all(...params.map(bindable)) as Row[];
  }

  run(sql: string, ...params: SqlValue[]): void {
    this.database.prepare(sql).run(...params.map(bindable));
  }
}

/** Fails the statement that is `after` statements away, as a full disk or a kill does; everything later fails too. */
export class FailingDatabase implements SqlDatabase {
  readonly #inner: SqlDatabase;
  #left: number;

  constructor(inner: SqlDatabase, after: number) {
    this.#inner = inner;
    this.#left = after;
  }

  /** Counts anew from here. */
  failAfter(after: number): void {
    this.#left = after;
  }

  #step(): void {
    if (this.#left-- <= 0) throw new Error("disk I/O error");
  }

  get failed(): boolean {
    return this.#left < 0;
  }

  all<Row extends Record<string, SqlValue>>(sql: string, ...params: SqlValue[]): Row[] {
    this.#step();
    return this.#inner.all<Row>(sql, ...params);
  }

  run(sql: string, ...params: SqlValue[]): void {
    this.#step();
    this.#inner.run(sql, ...params);
  }

  transaction<T>(body: () => T): T {
    return this.#inner.transaction(body);
  }

  get sizeBytes(): number {
    return this.#inner.sizeBytes;
  }
}
