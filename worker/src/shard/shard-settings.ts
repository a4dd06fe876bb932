import type { ShardConfig } from "../objects/rpc.ts";
import type { SqlDatabase } from "../storage/sql-database.ts";

/** Small facts that outlive the object's memory: its configuration and the hub it publishes to. */
export class ShardSettings {
  readonly #database: SqlDatabase;
  config: ShardConfig | null;

  constructor(database: SqlDatabase) {
    this.#database = database;
    const stored = this.#read("config");
    this.config = stored === null ? null : (JSON.parse(stored) as ShardConfig);
  }

  saveConfig(config: ShardConfig): void {
    this.config = config;
    this.#write("config", JSON.stringify(config));
  }

  #read(name: string): string | null {
    return this.#database.all<{ value: string }>("SELECT value FROM settings WHERE name = ?", name)[0]?.value ?? null;
  }

  #write(name: string, value: string): void {
    this.#database.run("INSERT OR REPLACE INTO settings (name, value) VALUES (?, ?)", name, value);
  }
}
