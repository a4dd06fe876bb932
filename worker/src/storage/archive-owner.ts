import { decodeAnyBytes, encodeUtf8 } from "@sightline/shared/encoding/utf8";
import type { Archive } from "./archive.ts";
import type { SqlDatabase } from "./sql-database.ts";

const NAME = "archive_owner";

/**
 * Whose days lie under one prefix of an archive, as `<shard>/owner`: runs are numbered from 1 in each database, so the days of two would
 * replace each other. A database has its id (`archive_owner` of `settings`) from the first time that it stores something.
 */
export class ArchiveOwner {
  readonly key: string;
  readonly #archive: Archive;
  readonly #database: SqlDatabase;
  readonly #createId: () => string;

  constructor(archive: Archive, shard: string, database: SqlDatabase, createId: () => string) {
    this.key = `${shard}/owner`;
    this.#archive = archive;
    this.#database = database;
    this.#createId = createId;
  }

  /** Whether it is this database, from now on also where it is nobody's: `isFree` says of an archive without a name that no other one's days lie there. */
  async isThis(isFree: () => Promise<boolean>): Promise<boolean> {
    const [own] = this.#database.all<{ value: string }>("SELECT value FROM settings WHERE name = ?", NAME);
    const found = await this.#archive.get(this.key);
    if (found !== null) return own?.value === decodeAnyBytes(found);
    if (!(await isFree())) return false;
    const id = own?.value ?? this.#createId();
    if (own === undefined) this.#database.run("INSERT INTO settings (name, value) VALUES (?, ?)", NAME, id);
    await this.#archive.put(this.key, encodeUtf8(id));
    return true;
  }
}
