import type { SqlDatabase } from "./sql-database.ts";
import { seal, unseal } from "./sealed-blob.ts";

/** Version 1: JSON. */
const VERSION = 1;
const MOST_KEPT = 2000;
/** To count them reads all of their keys. */
const TRIM_EVERY = 100;

/** Forecasts that were made for rules, by the key of their series: what one takes to make is more than a waking has for many. */
export class CrossingForecasts {
  readonly #database: SqlDatabase;
  #written = 0;

  constructor(database: SqlDatabase) {
    this.#database = database;
  }

  /** What `write` was given last; undefined where there is nothing, or nothing that can be read. */
  read(key: string): unknown {
    const [row] = this.#database.all<{ body: Uint8Array }>("SELECT body FROM crossing_forecasts WHERE key = ?", key);
    if (row === undefined) return undefined;
    const opened = unseal("forecast", VERSION, new Uint8Array(row.body));
    return opened.ok ? (JSON.parse(new TextDecoder().decode(opened.value.body)) as unknown) : undefined;
  }

  write(key: string, madeAt: number, forecast: unknown): void {
    const body = seal("forecast", VERSION, new TextEncoder().encode(JSON.stringify(forecast)));
    this.#database.run("INSERT OR REPLACE INTO crossing_forecasts (key, made_at, body) VALUES (?, ?, ?)", key, Math.trunc(madeAt), body);
    if (this.#written++ % TRIM_EVERY === 0)
      this.#database.run(
        "DELETE FROM crossing_forecasts WHERE key IN (SELECT key FROM crossing_forecasts ORDER BY made_at DESC LIMIT -1 OFFSET ?)",
        MOST_KEPT,
      );
  }
}
