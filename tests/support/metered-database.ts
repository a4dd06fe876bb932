import type { StatementSync } from "node:sqlite";
import type { SqlValue } from "../../worker/src/storage/sql-database.ts";
import { NodeSqlite, bindable } from "./node-sqlite.ts";

/** How one statement is billed beyond the rows it returns or changes. */
interface Billing {
  readonly statement: StatementSync;
  /** The table it reads from end to end; null when an index or the key leads it. */
  readonly scans: string | null;
  readonly sorts: boolean;
  /** Rows written for each row changed: the row itself and one for each index. */
  readonly perChange: number;
  readonly ddl: boolean;
}

/**
 * The SQL port over node:sqlite, counting rows as Durable Objects bill them. The rules were read off the counters of
 * workerd's cursors: an inserted row costs one and one more for each index (a text primary key is one); an upsert that
 * updates, an update and a delete one, an update of a table with indexes at most one more for each; a table 2 and one
 * for each index that comes with it; a dropped table nothing, but 7 rows read. A scan reads every row of its table, a
 * sort what it returns once more.
 */
export class MeteredDatabase extends NodeSqlite {
  readonly #billings = new Map<string, Billing>();
  rowsRead = 0;
  rowsWritten = 0;
  /** Rows written, by the beginning of their statement with numbers of tables left out. */
  readonly written = new Map<string, number>();

  all<Row extends Record<string, SqlValue>>(sql: string, ...params: SqlValue[]): Row[] {
    const billing = this.#billing(sql);
    const rows = billing.statement.all(...params.map(bindable)) as Row[];
    this.rowsRead += this.#read(billing, rows.length);
    if (/^\s*(?:INSERT|UPDATE|DELETE)/i.test(sql)) this.#write(sql, rows.length * billing.perChange);
    return rows;
  }

  run(sql: string, ...params: SqlValue[]): void {
    const billing = this.#billing(sql);
    const changes = Number(billing.statement.run(...params.map(bindable)).changes);
    if (billing.ddl) {
      if (/^\s*CREATE/i.test(sql)) this.#write(sql, /PRIMARY KEY/i.test(sql) && !/INTEGER PRIMARY KEY|WITHOUT ROWID/i.test(sql) ? 3 : 2);
      else this.rowsRead += 7;
      // Another shape of the schema, other plans.
      this.#billings.clear();
      return;
    }
    this.rowsRead += /^\s*INSERT/i.test(sql) ? 0 : this.#read(billing, changes);
    this.#write(sql, changes * billing.perChange);
  }

  /** Bytes in use: what a vacuum would leave. */
  get usedBytes(): number {
    const row = this.database
      .prepare(
        "SELECT (page_count - freelist_count) * page_size AS bytes FROM pragma_page_count(), pragma_freelist_count(), pragma_page_size()",
      )
      .get();
    return Number(row?.["bytes"] ?? 0);
  }

  #read(billing: Billing, returned: number): number {
    const scanned = billing.scans === null ? returned : Math.max(returned, this.#count(billing.scans));
    return scanned + (billing.sorts ? returned : 0);
  }

  #write(sql: string, rows: number): void {
    if (rows === 0) return;
    this.rowsWritten += rows;
    const what = sql.trim().split(/\s+/).slice(0, 4).join(" ").replaceAll(/\d+/g, "N").replace(/\(.*/, "");
    this.written.set(what, (this.written.get(what) ?? 0) + rows);
  }

  #billing(sql: string): Billing {
    let billing = this.#billings.get(sql);
    if (billing !== undefined) return billing;
    const ddl = /^\s*(?:CREATE|DROP|ALTER)/i.test(sql);
    const plan = ddl ? [] : this.#plan(sql);
    const scan = /\bLIMIT\b/i.test(sql) ? undefined : plan.find((line) => line.startsWith("SCAN"));
    const table = /^\s*(?:INSERT(?: OR \w+)? INTO|UPDATE(?: OR \w+)?|DELETE FROM)\s+"?(\w+)/i.exec(sql)?.[1];
    const upsert = /\bDO UPDATE\b/i.test(sql);
    const indexed = table !== undefined && !/^\s*DELETE/i.test(sql) && !upsert ? this.#indexes(table) : 0;
    billing = {
      statement: this.database.prepare(sql),
      scans: scan === undefined ? null : (/^SCAN (\w+)/.exec(scan)?.[1] ?? null),
      sorts: plan.some((line) => line.includes("TEMP B-TREE")),
      perChange: 1 + indexed,
      ddl,
    };
    this.#billings.set(sql, billing);
    return billing;
  }

  #plan(sql: string): string[] {
    const empty = Array.from(sql.matchAll(/\?/g), () => null);
    return this.database
      .prepare(`EXPLAIN QUERY PLAN ${sql}`)
      .all(...empty)
      .map((row) => String(row["detail"]));
  }

  #indexes(table: string): number {
    const [row] = this.database
      .prepare("SELECT count(*) AS n FROM pragma_index_list(?) WHERE NOT (origin = 'pk' AND ? )")
      .all(table, this.#withoutRowid(table) ? 1 : 0);
    return Number(row?.["n"] ?? 0);
  }

  #withoutRowid(table: string): boolean {
    const row = this.database.prepare("SELECT wr FROM pragma_table_list(?)").get(table);
    return Number(row?.["wr"] ?? 0) === 1;
  }

  #count(table: string): number {
    try {
      return Number(this.database.prepare(`SELECT count(*) AS n FROM "${table}"`).get()?.["n"] ?? 0);
    } catch {
      // An alias or a table-valued function.
      return 0;
    }
  }
}
