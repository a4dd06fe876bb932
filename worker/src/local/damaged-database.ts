import {
  copyFileSync,
  existsSync,
  openSync,
  closeSync,
  fstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { missingDatabases, rememberDatabases } from "./known-databases.ts";
import { isVersioned, mendSchema, restoreVersion } from "./known-schema.ts";
import type { Log } from "./log.ts";
import { type CopiedTable, copyReadableRows } from "./readable-rows.ts";
import { requireRoom } from "./room-on-disk.ts";
import { hasHead, headAnew, lostFrames } from "./write-ahead-file.ts";

/** What is said of one object's database until its damaged file is taken away. */
export interface DamageNotice {
  /** The object's id, which is its file's name. */
  readonly object: string;
  readonly message: string;
}

/** Bytes that one start reads through: 0.5 s a gigabyte that the system has in memory. */
const MOST_CHECKED = 2_000_000_000;
const PAGE = 4096;
const RECOVERED = ".recovered";
const WORK = ".mending";
const DAMAGED = ".damaged-";

/**
 * Looks the objects' databases over before workerd opens them. One that SQLite finds damaged in its structure, which would
 * take the whole object with it, is set aside under a name with the date and never deleted; a new file takes its place
 * with all rows that can be read. Damage inside rows is found by their checksums, in the shard.
 */
export function mendDatabases(objects: string, now: Date, log: Log): readonly DamageNotice[] {
  let checked = 0;
  const found = databasesIn(objects);
  for (const path of found) finishMending(path);
  for (const path of missingDatabases(objects)) log.write("error", noteMissing(path, now));
  for (const path of found) {
    if (!existsSync(path)) continue;
    const head = headAnew(path);
    if (head !== null) log.write("error", mendHead(path, head, now));
    const frames = lostFrames(path);
    if (frames > 0) log.write("error", noteLostFrames(path, frames, now));
    const { size } = statSync(path);
    if (checked > 0 && checked + size > MOST_CHECKED) {
      log.write("info", "a database file was not looked over, for the others took long enough", { file: basename(path), bytes: size });
      continue;
    }
    checked += size;
    const fault = faultOf(path);
    if (fault === null) continue;
    log.write("error", "a database file is damaged; what can be read of it is copied", { file: basename(path), fault });
    log.write("error", setAside(path, fault, now));
  }
  rememberDatabases(objects, databasesIn(objects));
  return noticesIn(objects);
}

/** When everything has ended: the list of what there is, for the next start. */
export function noteDatabases(objects: string): void {
  if (existsSync(objects)) rememberDatabases(objects, databasesIn(objects));
}

const asideOf = (path: string, now: Date): string => `${path}${DAMAGED}${now.toISOString().replaceAll(/[-:]|\.\d+/g, "")}`;

/** A file of nothing, whose log has nothing either, is as good as gone. */
function noteMissing(path: string, now: Date): string {
  const aside = asideOf(path, now);
  const wal = `${path}-wal`;
  const message = `its database file is ${existsSync(path) ? "empty" : "gone"}, and had something in it before, so this object begins empty${existsSync(wal) && statSync(wal).size > 0 ? " but for what its write-ahead file holds" : ""}. To go back to a backup, stop, put its file in place of ${basename(path)} and start; with an archive, days that were finished since then are read from there. This is said until ${aside} is taken away.`;
  // Its folder may be gone with it.
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  writeFileSync(aside, "");
  writeFileSync(`${aside}.txt`, message, { mode: 0o600 });
  return message;
}

/** Without its head SQLite takes the whole for nothing, and writes over it. */
function mendHead(path: string, head: Buffer, now: Date): string {
  const aside = `${asideOf(path, now)}-wal`;
  const message = `the head of its database's write-ahead file was damaged, and was made anew by what follows it: nothing was lost by that. The file as it was is kept as ${aside}; this is said until that is taken away.`;
  copyFileSync(`${path}-wal`, aside);
  writeFileSync(`${aside}.txt`, message, { mode: 0o600 });
  const file = openSync(`${path}-wal`, "r+");
  try {
    writeSync(file, head, 0, head.length, 0);
  } finally {
    closeSync(file);
  }
  return message;
}

/** SQLite goes on with the frames before them, and says nothing. */
function noteLostFrames(path: string, frames: number, now: Date): string {
  const aside = `${asideOf(path, now)}-wal`;
  const message = `the write-ahead file of its database was damaged: the last ${frames} pages that had been committed to it are gone, with the samples or changes in them. Senders of frames are asked for theirs again. What is left of it is kept as ${aside}; this is said until that is taken away.`;
  if (!existsSync(`${path}-wal`)) writeFileSync(aside, "");
  else if (hasHead(path)) copyFileSync(`${path}-wal`, aside);
  else renameSync(`${path}-wal`, aside);
  writeFileSync(`${aside}.txt`, message, { mode: 0o600 });
  return message;
}

const filesIn = (objects: string): string[] =>
  readdirSync(objects, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

/** Those of objects and of their alarms; one that was set aside, and whose place is not taken yet, among them. */
function databasesIn(objects: string): Set<string> {
  const own = (path: string): boolean => path.endsWith(".sqlite");
  const files = filesIn(objects);
  return new Set(
    [...files, ...files.filter((path) => path.endsWith(RECOVERED)).map((path) => path.slice(0, -RECOVERED.length))].filter(own),
  );
}

/** A start that was killed between setting aside and putting in place: the copy was whole by then. */
function finishMending(path: string): void {
  const recovered = path + RECOVERED;
  if (existsSync(recovered) && !existsSync(path)) renameSync(recovered, path);
  for (const suffix of [RECOVERED, WORK]) for (const part of ["", "-wal", "-shm"]) rmSync(path + suffix + part, { force: true });
}

/** What SQLite says of it; null when it is sound. */
function faultOf(path: string): string | null {
  if (statSync(path).size === 0) return null;
  try {
    // A kill before the database had its write-ahead file leaves a journal, which only who may write can roll back.
    const database = new DatabaseSync(path, { readOnly: !existsSync(`${path}-journal`) });
    try {
      const found = database.prepare("PRAGMA quick_check(1)").get()?.["quick_check"];
      return found === "ok" ? null : String(found).replaceAll(/\s+/g, " ");
    } finally {
      database.close();
    }
  } catch (error) {
    if (!isDamage(error))
      throw new Error(
        `${path} could not be looked over: ${(error as Error).message}. It was left as it is; see whether its disk has room and lets this user write, then start again.`,
        { cause: error },
      );
    return (error as Error).message;
  }
}

/** SQLite's result codes (sqlite.org/rescode.html) of a file that is not what it should be: corrupt, no database. */
const DAMAGE: ReadonlySet<number> = new Set([11, 26]);
/** And of what the disk cannot read: IOERR_READ, _SHORT_READ, _DATA, _CORRUPTFS. */
const UNREADABLE: ReadonlySet<number> = new Set([266, 522, 8202, 8458]);

/** False for what says nothing of the file: a full or read-only disk, no permission, a lock. What is sound must not be set aside for that. */
function isDamage(error: unknown): boolean {
  const code: unknown = (error as { readonly errcode?: unknown }).errcode;
  return typeof code !== "number" || DAMAGE.has(code & 255) || UNREADABLE.has(code);
}

/** Returns what happened, which stands beside the damaged file from then on. */
function setAside(path: string, fault: string, now: Date): string {
  const aside = asideOf(path, now);
  // What the disk has no room for would pass for what cannot be read.
  requireRoom(dirname(path), 2 * (statSync(path).size + (existsSync(`${path}-wal`) ? statSync(`${path}-wal`).size : 0)));
  const tables = recover(path);
  const brought =
    tables === null
      ? "Nothing of it could be read, so this object begins empty"
      : `${tables.reduce((sum, { rows }) => sum + rows, 0)} rows of ${tables.length} tables were read and go on in a new file; ${lostIn(tables)}`;
  const message = `its database file was damaged (${fault}) and is kept as ${aside}. ${brought}. To go back to a backup, stop, put its file in place of ${basename(path)} and start; with an archive, days that were finished since then are read from there. This is said until the damaged file is taken away.`;
  writeFileSync(`${aside}.txt`, message, { mode: 0o600 });
  for (const part of ["", "-wal"]) if (existsSync(path + part)) renameSync(path + part, aside + part);
  rmSync(`${path}-shm`, { force: true });
  finishMending(path);
  return message;
}

function lostIn(tables: readonly CopiedTable[]): string {
  const torn = tables.filter(({ gaps }) => gaps > 0);
  if (torn.length === 0) return "none was lost";
  return `what lay at the damaged places is lost, in ${torn.map(({ table, gaps }) => `${table} (${gaps})`).join(", ")}`;
}

/** Makes the new file beside the damaged one; null when there is nothing to make it of, or what there is would not run. */
function recover(path: string): readonly CopiedTable[] | null {
  const work = path + WORK;
  copyFileSync(path, work);
  if (existsSync(`${path}-wal`)) copyFileSync(`${path}-wal`, `${work}-wal`);
  const copied = copyOf(path, work);
  if (copied !== null) return copied;
  makeHeader(work);
  return copyOf(path, work);
}

function copyOf(path: string, source: string): readonly CopiedTable[] | null {
  const target = path + RECOVERED;
  rmSync(target, { force: true });
  mendSchema(source, dirname(path));
  let tables: readonly CopiedTable[] = [];
  try {
    const from = new DatabaseSync(source, { readOnly: true, defensive: false });
    const to = new DatabaseSync(target);
    try {
      // A file that is shorter than its header says, and a schema with a damaged line, are read as far as they go.
      from.exec("PRAGMA writable_schema = ON");
      to.exec("PRAGMA journal_mode = OFF");
      tables = copyReadableRows(from, to);
      // Without it the object would take itself for a new one, and fail over its tables.
      const told = !isVersioned(dirname(path)) || tables.some(({ table, rows }) => table === "schema_migrations" && rows > 0);
      if (!told && !(tables.some(({ rows }) => rows > 0) && restoreVersion(to, dirname(path)))) tables = [];
      to.exec("PRAGMA journal_mode = WAL");
    } finally {
      to.close();
      from.close();
    }
  } catch {
    tables = [];
  }
  if (tables.length > 0 && faultOf(target) === null) return tables;
  rmSync(target, { force: true });
  return null;
}

/** A damaged header is made anew: all but its counters are the same in every file that workerd makes. */
function makeHeader(work: string): void {
  const file = openSync(work, "r+");
  try {
    const header = Buffer.alloc(100);
    header.write("SQLite format 3\0", "latin1");
    header.writeUInt16BE(PAGE, 16);
    header.set([2, 2, 0, 64, 32, 32], 18);
    header.writeUInt32BE(1, 24);
    header.writeUInt32BE(Math.floor(fstatSync(file).size / PAGE), 28);
    header.writeUInt32BE(1, 40);
    header.writeUInt32BE(4, 44);
    header.writeUInt32BE(1, 56);
    header.writeUInt32BE(1, 92);
    writeSync(file, header, 0, header.length, 0);
  } finally {
    closeSync(file);
  }
}

/** Of every damaged file that still lies there. */
function noticesIn(objects: string): DamageNotice[] {
  return filesIn(objects)
    .filter((path) => path.includes(`.sqlite${DAMAGED}`) && path.endsWith(".txt") && existsSync(path.slice(0, -4)))
    .map((path) => ({ object: basename(path).split(".", 1)[0] ?? "", message: readFileSync(path, "utf8") }));
}
