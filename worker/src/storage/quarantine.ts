import type { SqlDatabase } from "./sql-database.ts";

export const BIT_TURNED_BACK = "one flipped bit was turned back";

const MOST_UNTOLD = 100;

/** Damaged blobs are moved aside, never thrown away: the bytes stay for whoever wants to look, the rest stays readable. */
export class Quarantine {
  readonly #database: SqlDatabase;
  /** Asked for with every query; read once. */
  #definitionsLostAt: number | undefined;

  constructor(database: SqlDatabase) {
    this.#database = database;
  }

  /** `origin` is `table/id`. The caller deletes the row it came from in the same transaction. */
  add(origin: string, reason: string, blob: Uint8Array, nowMs: number): void {
    this.#database.run("INSERT INTO quarantine (origin, reason, found_at, body) VALUES (?, ?, ?, ?)", origin, reason, nowMs, blob);
    this.#definitionsLostAt = undefined;
  }

  /** When definitions of series were last found to be lost, ms; -Infinity when never. */
  definitionsLostAt(): number {
    const lost = "SELECT MAX(found_at) AS at FROM quarantine WHERE (origin = 'series' OR origin GLOB 'series/*') AND mended = 0";
    return (this.#definitionsLostAt ??= this.#database.all<{ at: number | null }>(lost)[0]?.at ?? -Infinity);
  }

  /** Of the rows `from` to `to` of a table those that were never set aside; at most 100. */
  untold(table: string, from: number, to: number): number[] {
    const told = new Set(
      this.#database.all<{ origin: string }>("SELECT origin FROM quarantine WHERE origin GLOB ?", `${table}/*`).map(({ origin }) => origin),
    );
    const rows: number[] = [];
    for (let id = from; id <= to && rows.length < MOST_UNTOLD; id++) if (!told.has(`${table}/${id}`)) rows.push(id);
    return rows;
  }

  /** `whole` goes where the damaged blob was. It is told all the same: where one bit flips, others do. */
  mend(table: string, id: number, column: "body" | "record", how: string, whole: Uint8Array, nowMs: number): void {
    this.#database.transaction(() => {
      this.#database.run(`INSERT OR REPLACE INTO ${table} (id, ${column}) VALUES (?, ?)`, id, whole);
      this.noteMended(`${table}/${id}`, how, nowMs);
    });
  }

  noteMended(origin: string, how: string, nowMs: number): void {
    this.#database.run(
      "INSERT INTO quarantine (origin, reason, found_at, body, mended) VALUES (?, ?, ?, ?, 1)",
      origin,
      how,
      nowMs,
      new Uint8Array(),
    );
  }

  /** One sentence for each damaged blob, newest first. */
  problems(): string[] {
    return this.#database
      .all<{ origin: string; reason: string; mended: number }>("SELECT origin, reason, mended FROM quarantine ORDER BY id DESC LIMIT 100")
      .map(({ origin, reason, mended }) =>
        mended === 1
          ? `${origin} was damaged and is mended: ${reason}; nothing of it is lost`
          : `${origin} is damaged and set aside: ${reason}`,
      );
  }
}
