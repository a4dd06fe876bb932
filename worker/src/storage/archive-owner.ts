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

  /**
   * Whether it is this database, from now on also where it is nobody's: `isFree` says of an archive without a name that no other one's days lie there.
   * A database without an id may come from a backup of before it had one: it takes the one that is there where `areOwn` says that it wrote these days.
   */
  async isThis(isFree: () => Promise<boolean>, areOwn: () => Promise<boolean>): Promise<boolean> {
    const { own, there } = await this.#names();
    if (there !== null && own !== null) return own === there;
    if (!(await (there === null ? isFree() : areOwn()))) return false;
    const id = own ?? there ?? this.#createId();
    if (own === null) this.#database.run("INSERT INTO settings (name, value) VALUES (?, ?)", NAME, id);
    if (there === null) await this.#archive.put(this.key, encodeUtf8(id));
    return true;
  }

  /** As far as names tell, without giving any: null where one of the two has none. */
  async isNamed(): Promise<boolean | null> {
    const { own, there } = await this.#names();
    return own === null || there === null ? null : own === there;
  }

  async #names(): Promise<{ readonly own: string | null; readonly there: string | null }> {
    const [own] = this.#database.all<{ value: string }>("SELECT value FROM settings WHERE name = ?", NAME);
    const there = await this.#archive.get(this.key);
    return { own: own?.value ?? null, there: there === null ? null : decodeAnyBytes(there) };
  }
}
