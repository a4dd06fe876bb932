import { decodeAnyBytes, encodeUtf8 } from "@sightline/shared/encoding/utf8";
import type { Archive } from "./archive.ts";
import type { SqlDatabase } from "./sql-database.ts";

const NAME = "archive_owner";
/** A file that holds something else is damaged: it has no checksum. */
const ID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/;

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
   * A database without an id may come from a backup of before it had one: it takes the one that is there where `areOwn` says that it wrote these days,
   * and so it writes its own where that is damaged.
   */
  async isThis(isFree: () => Promise<boolean>, areOwn: () => Promise<boolean>): Promise<boolean> {
    const { own, there, isFile } = await this.#names();
    if (there !== null && own !== null) return own === there;
    if (!(await (isFile ? areOwn() : isFree()))) return false;
    const id = own ?? there ?? this.#createId();
    if (own === null) this.#database.run("INSERT INTO settings (name, value) VALUES (?, ?)", NAME, id);
    if (there === null) await this.#archive.put(this.key, encodeUtf8(id));
    return true;
  }

  /** As far as names tell, without giving any: null where they do not. A database without one, that knows of no days there (`knowsDays`), comes to a named archive as a stranger. */
  async isNamed(knowsDays: boolean): Promise<boolean | null> {
    const { own, there, isFile } = await this.#names();
    if (own === null) return isFile && !knowsDays ? false : null;
    return there === null ? null : own === there;
  }

  async #names(): Promise<{ readonly own: string | null; readonly there: string | null; readonly isFile: boolean }> {
    const [own] = this.#database.all<{ value: string }>("SELECT value FROM settings WHERE name = ?", NAME);
    const found = await this.#archive.get(this.key);
    const text = found === null ? "" : decodeAnyBytes(found);
    return { own: own?.value ?? null, there: ID.test(text) ? text : null, isFile: found !== null };
  }
}
