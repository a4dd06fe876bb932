import type { StatementSync } from "node:sqlite";
import type { SqlValue } from "../../worker/src/storage/sql-database.ts";
import { NodeSqlite, bindable } from "./node-sqlite.ts";

/** How one statement is billed beyond the rows it returns or changes. */
interface Billing {
  readonly statement: StatementSync;
  readonly reads: readonly TableRead[];
  readonly sorts: boolean;
  /** Rows written for each row changed: the row itself and one for each index. */
  readonly perChange: number;
  /** Rows read for each row inserted: a look whether its rowid is taken. */
  readonly perInsert: number;
  readonly ddl: boolean;
}

/** How a statement comes to the rows of a table: all of them, the first few, one by its key, or a range of an index. */
type TableRead =
  | { readonly how: "scan"; readonly table: string }
  | { readonly how: "first" }
  | { readonly how: "rowid" }
  | { readonly how: "key" }
  | { readonly how: "range"; readonly limited: boolean };

/**
 * The SQL port over node:sqlite, counting rows as Durable Objects bill them. The rules were read off the counters of
 * workerd's cursors. Written: an inserted row costs one and one more for each index (a text primary key is one); an upsert that
 * updates, an update and a delete one, an update of a table with indexes at most one more for each; a table 2 and one
 * for each index that comes with it; a dropped table nothing. Read: every row that is looked at. An integer key costs one whether
 * it is there or not, another whole key only when it is; a range costs the row behind its end as well, which is counted here even when there is none; an empty
 * table costs one; a sort what it returns once more; a row inserted one, but for tables without rowid; a new table 1, a dropped one or one with a new column about as many as the schema has entries.
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
    const shape = billing.ddl ? this.#shape() : 0;
    const changes = Number(billing.statement.run(...params.map(bindable)).changes);
    if (billing.ddl) {
      // Nothing was there to drop, or it is there already.
      if (this.#shape() === shape) return;
      if (/^\s*CREATE/i.test(sql)) {
        this.#write(sql, /PRIMARY KEY/i.test(sql) && !/INTEGER PRIMARY KEY|WITHOUT ROWID/i.test(sql) ? 3 : 2);
        this.rowsRead += 1;
      } else this.rowsRead += this.#count("sqlite_master") + 3;
      // Another shape of the schema, other plans.
      this.#billings.clear();
      return;
    }
    this.rowsRead += /^\s*INSERT/i.test(sql) ? changes * billing.perInsert : this.#read(billing, changes);
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

  /** Another number with every change of the schema. */
  #shape(): number {
    return Number(this.database.prepare("PRAGMA schema_version").get()?.["schema_version"] ?? 0);
  }

  #read({ reads, sorts }: Billing, returned: number): number {
    let read = sorts ? returned : 0;
    for (const one of reads) {
      if (one.how === "scan") read += Math.max(1, returned, this.#count(one.table));
      else if (one.how === "key") read += returned;
      else if (one.how === "range") read += one.limited ? Math.max(1, returned) : returned + 1;
      else read += Math.max(1, returned);
    }
    return read;
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
    const limited = /\bLIMIT\b/i.test(sql);
    const reads = plan.flatMap((line) => this.#tableRead(line, limited));
    const table = /^\s*(?:INSERT(?: OR \w+)? INTO|UPDATE(?: OR \w+)?|DELETE FROM)\s+"?(\w+)/i.exec(sql)?.[1];
    const upsert = /\bDO UPDATE\b/i.test(sql);
    const indexed = table !== undefined && !/^\s*DELETE/i.test(sql) && !upsert ? this.#indexes(table) : 0;
    billing = {
      statement: this.database.prepare(sql),
      reads,
      sorts: plan.some((line) => line.includes("TEMP B-TREE")),
      perChange: 1 + indexed,
      perInsert: table === undefined || this.#withoutRowid(table) ? 0 : 1,
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

  /** Of one line of a plan; none for one that reads no table. */
  #tableRead(line: string, limited: boolean): readonly TableRead[] {
    const scanned = /^SCAN (\w+)/.exec(line)?.[1];
    if (scanned !== undefined) return [limited ? { how: "first" } : { how: "scan", table: scanned }];
    // The least or the greatest of an index.
    if (/^SEARCH \w+(?: USING [^(]*)?$/.test(line)) return [{ how: "first" }];
    const [, table, by = "", terms = ""] = /^SEARCH (\w+) USING (.*?) \((.*)\)/.exec(line) ?? [];
    if (table === undefined) return [];
    if (terms === "rowid=?") return [{ how: "rowid" }];
    const equal = terms.split(" AND ").filter((term) => /^\w+=\?$/.test(term)).length;
    return [equal === this.#uniqueColumns(table, by) ? { how: "key" } : { how: "range", limited }];
  }

  /** Columns of the unique index or the key that a plan names; 0 when it is not unique. */
  #uniqueColumns(table: string, by: string): number {
    if (by === "PRIMARY KEY")
      return Number(this.database.prepare("SELECT count(*) AS n FROM pragma_table_info(?) WHERE pk > 0").get(table)?.["n"] ?? 0);
    const index = / ?(\w+)$/.exec(by)?.[1] ?? "";
    const unique = this.database.prepare('SELECT "unique" AS is_unique FROM pragma_index_list(?) WHERE name = ?').get(table, index);
    if (Number(unique?.["is_unique"] ?? 0) === 0) return 0;
    return Number(this.database.prepare("SELECT count(*) AS n FROM pragma_index_info(?)").get(index)?.["n"] ?? 0);
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
