import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";

/** Of one table: rows brought over, and places where rows could not be read. */
export interface CopiedTable {
  readonly table: string;
  readonly rows: number;
  readonly gaps: number;
}

type Row = Record<string, SQLInputValue>;

/** Places of one table that are looked past, before the rest of it is given up. */
const MOST_GAPS = 10_000;
const LARGEST = 2n ** 63n - 1n;
/** Rows between two commits of the copy. */
const BATCH = 1000;

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/**
 * Copies schema and rows of a damaged database into an empty one, table by table, as far as SQLite can read them: what lies
 * on a damaged page is stepped over, the rows before and behind it are brought. SQLite's own `.recover` reads pages that no
 * table leads to any more; Node's build has not the `sqlite_dbpage` that it needs. Throws when not even the schema can be read.
 */
export function copyReadableRows(from: DatabaseSync, to: DatabaseSync): CopiedTable[] {
  const schema = from.prepare("SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL").all();
  const copied: CopiedTable[] = [];
  const later: string[] = [];
  for (const { type, name, sql } of schema) {
    if (typeof name !== "string" || typeof sql !== "string") continue;
    if (type !== "table") later.push(sql);
    else if (!name.startsWith("sqlite_")) copied.push(tried(from, to, name, sql));
  }
  for (const sql of later) made(to, sql);
  return copied;
}

/** A table whose line is damaged beyond telling is lost alone. */
function tried(from: DatabaseSync, to: DatabaseSync, name: string, sql: string): CopiedTable {
  const lost = { table: name, rows: 0, gaps: 1 };
  if (!made(to, sql)) return lost;
  try {
    return copyTable(from, to, name, /WITHOUT\s+ROWID\s*$/i.test(sql));
  } catch {
    if (to.isTransaction) to.exec("COMMIT");
    return lost;
  }
}

/** Not of a line of the schema that is damaged itself. */
function made(to: DatabaseSync, sql: string): boolean {
  try {
    to.exec(sql);
    return true;
  } catch {
    return false;
  }
}

function copyTable(from: DatabaseSync, to: DatabaseSync, table: string, withoutRowid: boolean): CopiedTable {
  const columns = to.prepare(`SELECT name, type, pk FROM pragma_table_info(?)`).all(table);
  const names = columns.map(({ name }) => String(name));
  const keys = columns.filter(({ pk }) => Number(pk) > 0).sort((left, right) => Number(left["pk"]) - Number(right["pk"]));
  const alias = keys.length === 1 && /^integer$/i.test(String(keys[0]?.["type"]));
  const filled = withoutRowid || alias ? names : ["rowid", ...names];
  const insert = to.prepare(
    `INSERT OR IGNORE INTO ${quoted(table)} (${filled.map(quoted).join(", ")}) VALUES (${filled.map(() => "?").join(", ")})`,
  );
  let rows = 0;
  let pending = 0;
  to.exec("BEGIN");
  const take = (row: Row): void => {
    rows += Number(insert.run(...filled.map((name) => row[name] ?? null)).changes);
    if (++pending % BATCH === 0) to.exec("COMMIT; BEGIN");
  };
  const shown = (withoutRowid ? names : ["rowid", ...names]).map((name) => `${quoted(name)} AS ${quoted(name)}`).join(", ");
  const source = `FROM ${quoted(table)}`;
  const gaps = withoutRowid
    ? fromBothEnds(
        from,
        `SELECT ${shown} ${source}`,
        keys.map(({ name }) => quoted(String(name))),
        take,
      )
    : pastGaps(from, `SELECT ${shown} ${source}`, `SELECT rowid AS "rowid" ${source}`, take);
  to.exec("COMMIT");
  return { table, rows, gaps };
}

/** Such a table has no number to step on from: it is read from either end to its first damaged page. */
function fromBothEnds(from: DatabaseSync, select: string, keys: readonly string[], take: (row: Row) => void): number {
  let gaps = 0;
  for (const direction of ["", " DESC"]) {
    try {
      for (const row of from.prepare(`${select} ORDER BY ${keys.map((key) => key + direction).join(", ")}`).iterate()) take(row);
      return gaps;
    } catch {
      gaps = 1;
    }
  }
  return gaps;
}

/** Rows in order of rowid; behind a place that cannot be read it goes on at the first rowid that can. */
function pastGaps(from: DatabaseSync, select: string, selectRowid: string, take: (row: Row) => void): number {
  // A statement that failed fails once more when it is used again: each is made for one use.
  const prepared = (sql: string): StatementSync => {
    const statement = from.prepare(sql);
    statement.setReadBigInts(true);
    return statement;
  };
  /** The first rowid after this; null without any, undefined where it cannot be read. */
  const after = (rowid: bigint): bigint | null | undefined => {
    try {
      const found = prepared(`${selectRowid} WHERE rowid > ? ORDER BY rowid LIMIT 1`).get(rowid)?.["rowid"];
      return found === undefined ? null : typeof found === "bigint" && found > rowid ? found : undefined;
    } catch {
      return undefined;
    }
  };
  let last = -LARGEST;
  let gaps = 0;
  for (; gaps < MOST_GAPS; gaps++) {
    try {
      for (const row of prepared(`${select} WHERE rowid > ? ORDER BY rowid`).iterate(last)) {
        const rowid = row["rowid"];
        // A damaged page may lead back to where the reading was.
        if (typeof rowid !== "bigint" || rowid <= last) throw new Error("rowids are out of order");
        take(row);
        last = rowid;
      }
      return gaps;
    } catch {
      const found = after(last);
      if (found === null) return gaps + 1;
      // Its row is listed, and only what it holds is damaged.
      last = found ?? behindGap(after, last);
      if (last === LARGEST) return gaps + 1;
    }
  }
  return gaps;
}

/** The smallest rowid from which reading goes on: by doubling steps past the gap, then by halves back to its end. */
function behindGap(after: (rowid: bigint) => bigint | null | undefined, last: bigint): bigint {
  let low = last < 0n ? 0n : last;
  let step = 1n;
  while (after(low + step) === undefined) {
    low += step;
    step *= 2n;
    if (low + step >= LARGEST) return LARGEST;
  }
  let high = low + step;
  while (high - low > 1n) {
    const middle = (low + high) / 2n;
    if (after(middle) === undefined) low = middle;
    else high = middle;
  }
  return after(high) === null ? LARGEST : high;
}
