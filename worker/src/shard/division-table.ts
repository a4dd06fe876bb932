import type { SeriesStore } from "../storage/series-store.ts";
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

  /** Nothing of the sender is under way whole any more: who came by an older map is refused. `durable`: resolves when what was taken is on the disk. */
  async base(sender: string, store: SeriesStore, durable: () => Promise<void>): Promise<DivisionBase> {
    if (!this.#known.has(sender) && store.pending) await durable();
    const mark = store.senders.get(sender);
    return this.#known.get(sender) ?? this.#remember(sender, { epoch: mark?.epoch ?? "", seq: mark?.seq ?? 0 });
  }

  #remember(sender: string, base: DivisionBase): DivisionBase {
    this.#known.set(sender, base);
    this.#database.run("INSERT INTO divisions (sender, epoch, seq) VALUES (?, ?, ?)", sender, base.epoch, base.seq);
    return base;
  }
}
