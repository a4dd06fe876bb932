import { accessSync, closeSync, constants, existsSync, openSync, truncateSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";

const BUSY = 5;
const NO_DATABASE = 26;

/** Not to be collected as garbage, which would let go. */
const held = new Set<DatabaseSync>();

/**
 * Holds a file for as long as this process lives or until it lets go; null where another one holds it. The operating system keeps the hold and ends
 * it with the process, also where neither sees the other's number, as in two containers on one volume. Node locks no files; SQLite does
 * (https://sqlite.org/lockingv3.html), and writes nothing for it.
 */
export function holdFile(path: string): { release(): void } | null {
  // A disk that is full or read-only says so here as it does anywhere. Not opened where it is there: to close it would end a hold of this process.
  if (existsSync(path)) accessSync(path, constants.W_OK);
  else closeSync(openSync(path, "a", 0o600));
  let database: DatabaseSync;
  try {
    database = exclusively(path);
  } catch (error) {
    const { errcode } = error as { readonly errcode?: number };
    if (errcode === BUSY) return null;
    if (errcode !== NO_DATABASE) throw error;
    // Damaged: nobody holds it, for that is asked first, and there is nothing in it.
    truncateSync(path, 0);
    return holdFile(path);
  }
  held.add(database);
  return {
    release() {
      if (held.delete(database)) database.close();
    },
  };
}

function exclusively(path: string): DatabaseSync {
  const database = new DatabaseSync(path);
  try {
    database.exec("BEGIN EXCLUSIVE");
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}
