import type { SqlDatabase } from "../storage/sql-database.ts";
import type { DivisionBase } from "./divided-session.ts";

/** Where a divided sender stood when its first frame after the division came; written once. */
export class DivisionTable {
  readonly #database: SqlDatabase;
  readonly #known = new Map<string, DivisionBase>();

  constructor(database: SqlDatabase) {
    this.#database = database;
    for (const { sender, epoch, seq } of database.all<{ sender: string; epoch: string; seq: number }>(
      "SELECT sender, epoch, seq FROM divisions",
    ))
      this.#known.set(sender, { epoch, seq });
  }

  get(sender: string): DivisionBase | undefined {
    return this.#known.get(sender);
  }

  remember(sender: string, base: DivisionBase): DivisionBase {
    this.#known.set(sender, base);
    this.#database.run("INSERT INTO divisions (sender, epoch, seq) VALUES (?, ?, ?)", sender, base.epoch, base.seq);
    return base;
  }
}
