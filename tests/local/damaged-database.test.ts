import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { SERIES_SHARD_MIGRATIONS } from "../../worker/src/storage/migrations/series-shard.ts";
import { mendDatabases } from "../../worker/src/local/damaged-database.ts";

const PAGE = 4096;
const ROWS = 2000;
const NOW = new Date(Date.UTC(2026, 10, 21, 16, 4, 12));
const OBJECT = "65bb8c80";

let objects: string;
let file: string;
let logged: string[];
const log = { write: (_level: string, message: string) => void logged.push(message) };

beforeEach(() => {
  objects = mkdtempSync(join(tmpdir(), "sightline-damage-"));
  file = join(objects, "sightline-SeriesShard", `${OBJECT}.sqlite`);
  logged = [];
  mkdirSync(dirname(file));
  const database = new DatabaseSync(file);
  database.exec(`PRAGMA journal_mode = WAL;
    CREATE TABLE schema_migrations (id INTEGER PRIMARY KEY, applied_at INTEGER NOT NULL);
    INSERT INTO schema_migrations VALUES (5, 0);
    CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
    INSERT INTO settings VALUES ('a', '1'), ('b', '2');
    CREATE TABLE wal_1 (id INTEGER PRIMARY KEY, record BLOB NOT NULL);
    CREATE TABLE parts (ref INTEGER NOT NULL, body BLOB NOT NULL);
    CREATE INDEX parts_ref ON parts (ref);`);
  database.exec("BEGIN");
  const wal = database.prepare("INSERT INTO wal_1 VALUES (?, ?)");
  const run = database.prepare("INSERT INTO parts VALUES (?, ?)");
  for (let i = 0; i < ROWS; i++) {
    wal.run(i * 3, Buffer.alloc(200, i));
    run.run(2n ** 60n + BigInt(i), Buffer.alloc(i % 100 === 0 ? 20_000 : 100, i));
  }
  database.exec("COMMIT");
  database.close();
});
afterEach(() => rmSync(objects, { recursive: true, force: true }));

const mend = () => mendDatabases(objects, NOW, log);
const beside = (): string[] => readdirSync(dirname(file)).filter((name) => name.includes(".damaged-") && !name.endsWith("-wal"));

/** Every row that is there is as it was written. */
function rowsOf(table: "wal_1" | "parts"): number {
  const database = new DatabaseSync(file);
  try {
    expect(database.prepare("PRAGMA integrity_check").get()).toEqual({ integrity_check: "ok" });
    const [key, body] = table === "wal_1" ? ["id", "record"] : ["ref", "body"];
    const select = database.prepare(`SELECT ${key} AS key, ${body} AS body FROM ${table}`);
    select.setReadBigInts(true);
    const rows = select.all();
    for (const row of rows) {
      const value = row["key"] as bigint;
      const i = Number(table === "wal_1" ? value / 3n : value - 2n ** 60n);
      expect((row["body"] as Uint8Array)[50]).toBe(i % 256);
    }
    return rows.length;
  } finally {
    database.close();
  }
}

/** Overwrites every page that `which` picks, but the first. */
function ruin(which: (page: number) => boolean): void {
  const bytes = readFileSync(file);
  for (let page = 1; page < bytes.length / PAGE; page++) if (which(page)) bytes.fill(0xaa, page * PAGE, (page + 1) * PAGE);
  writeFileSync(file, bytes);
}

describe("database files that are damaged in their structure", () => {
  it("whose rows take many pages loses those that a damaged page belongs to, not the ones behind them", () => {
    const database = new DatabaseSync(file);
    database.exec("CREATE TABLE wal_2 (id INTEGER PRIMARY KEY, record BLOB NOT NULL)");
    for (const [id, bytes] of [
      [1, 800_000],
      [2, 250_000],
      [3, 3000],
      [4, 90_000],
      [5, 70_000],
    ] as const)
      database.prepare("INSERT INTO wal_2 VALUES (?, ?)").run(id, Buffer.alloc(bytes, 0xe0 + id));
    database.close();
    const bytes = readFileSync(file);
    for (const id of [1, 4]) {
      const at = bytes.indexOf(Buffer.alloc(4000, 0xe0 + id), bytes.indexOf(Buffer.alloc(4000, 0xe0 + id)) + 5 * PAGE);
      bytes.fill(0, at - (at % PAGE), at - (at % PAGE) + PAGE);
    }
    writeFileSync(file, bytes);
    expect(mend()).toMatchObject([{ message: expect.stringContaining("wal_2 (2)") }]);
    const mended = new DatabaseSync(file);
    expect(mended.prepare("SELECT id, length(record) AS bytes FROM wal_2").all()).toEqual([
      { id: 2, bytes: 250_000 },
      { id: 3, bytes: 3000 },
      { id: 5, bytes: 70_000 },
    ]);
    mended.close();
  });

  it("what cannot be opened for want of something else is no damage: it stays as it is, and the start is refused in words", () => {
    // Somebody else's lock stands for a full disk, where SQLite cannot make the file of its shared memory.
    const other = new DatabaseSync(file);
    try {
      other.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE");
      expect(mend).toThrow(/could not be looked over: .*It was left as it is/);
      expect(beside()).toEqual([]);
    } finally {
      other.close();
    }
    mend();
    expect(beside()).toEqual([]);
    expect(rowsOf("parts")).toBe(ROWS);
  });

  it("a file that a kill left with the journal of its first transaction is rolled back, and nothing is said", () => {
    const whole = join(objects, "killed");
    const killed = new DatabaseSync(whole);
    killed.exec("CREATE TABLE kept (x); INSERT INTO kept VALUES (1); PRAGMA cache_size = 1; BEGIN");
    const insert = killed.prepare("INSERT INTO kept VALUES (zeroblob(3000))");
    for (let i = 0; i < 50; i++) insert.run();
    for (const part of ["", "-journal"]) copyFileSync(whole + part, file + part);
    for (const part of ["-wal", "-shm"]) rmSync(file + part, { force: true });
    killed.close();
    expect(mend()).toEqual([]);
    expect(beside()).toEqual([]);
    const database = new DatabaseSync(file);
    expect(database.prepare("SELECT count(*) AS rows FROM kept").get()).toEqual({ rows: 1 });
    database.close();
  });

  it("a sound file stays as it is, and nothing is said", () => {
    const before = readFileSync(file);
    expect(mend()).toEqual([]);
    expect(readFileSync(file)).toEqual(before);
    expect(logged).toEqual([]);
  });

  it("rows before and behind damaged pages go on in a new file; the damaged one is kept beside it and named until it is taken away", () => {
    ruin((page) => page > 20 && page % 40 === 0);
    const damaged = readFileSync(file);
    const [notice, ...others] = mend();
    expect(others).toEqual([]);
    expect(notice).toMatchObject({ object: OBJECT, message: expect.stringContaining(`${file}.damaged-20261121T160412Z`) });
    expect(notice?.message).toMatch(/\d+ rows of 4 tables were read and go on in a new file; what lay at the damaged places is lost, in /);
    for (const table of ["wal_1", "parts"] as const) {
      expect(rowsOf(table)).toBeGreaterThan(ROWS * 0.7);
      expect(rowsOf(table)).toBeLessThan(ROWS);
    }
    expect(readFileSync(`${file}.damaged-20261121T160412Z`)).toEqual(damaged);

    expect(mend()).toEqual([notice]);
    expect(beside()).toHaveLength(2);
    rmSync(`${file}.damaged-20261121T160412Z`);
    expect(mend()).toEqual([]);
  });

  it("a damaged header loses no row", () => {
    const bytes = readFileSync(file);
    bytes.fill(0xff, 0, 100);
    writeFileSync(file, bytes);
    expect(mend()[0]?.message).toContain("none was lost");
    expect([rowsOf("wal_1"), rowsOf("parts")]).toEqual([ROWS, ROWS]);
  });

  it("a file that was cut off has the rows of what is left", () => {
    truncateSync(file, Math.floor(statSync(file).size * 0.6));
    expect(mend()).toHaveLength(1);
    expect(rowsOf("wal_1") + rowsOf("parts")).toBeGreaterThan(ROWS * 0.5);
  });

  it("a flipped bit in the schema's own text loses no row, though SQLite then refuses all of the database, or does not see the table", () => {
    const sound = readFileSync(file);
    for (const [line, at] of [
      ["CREATE TABLE settings", "CREATE TABLE".length],
      ["CREATE TABLE settings", "CREATE TABLE set".length],
      ["tablesettingssettings", 1],
      ["tablewal_1wal_1", 2],
    ] as const) {
      const bytes = Buffer.from(sound);
      const place = bytes.indexOf(line) + at;
      bytes[place] = (bytes[place] ?? 0) ^ 0x80;
      writeFileSync(file, bytes);
      for (const part of ["-wal", "-shm"]) rmSync(file + part, { force: true });
      mend();
      const database = new DatabaseSync(file);
      expect(database.prepare("SELECT count(*) AS rows FROM settings").get()).toEqual({ rows: 2 });
      database.close();
      expect([rowsOf("wal_1"), rowsOf("parts")]).toEqual([ROWS, ROWS]);
    }
  });

  it("the page that says which migrations were made may be lost: the tables say it, too", () => {
    rmSync(file);
    const made = new DatabaseSync(file);
    made.exec("PRAGMA journal_mode = WAL; CREATE TABLE schema_migrations (id INTEGER PRIMARY KEY, applied_at INTEGER NOT NULL)");
    for (const { id, statements } of SERIES_SHARD_MIGRATIONS) {
      for (const statement of statements) made.exec(statement);
      made.prepare("INSERT INTO schema_migrations VALUES (?, 0)").run(id);
    }
    made.exec("INSERT INTO settings VALUES ('a', '1')");
    made.close();
    ruin((page) => page === 1);
    expect(mend()[0]?.message).toContain("schema_migrations (");
    const database = new DatabaseSync(file);
    expect(database.prepare("SELECT id FROM schema_migrations ORDER BY id").all()).toEqual(
      SERIES_SHARD_MIGRATIONS.map(({ id }) => ({ id })),
    );
    expect(database.prepare("SELECT count(*) AS rows FROM settings").get()).toEqual({ rows: 1 });
    database.close();
  });

  it("what cannot be read at all is kept, and said, before the object begins empty", () => {
    writeFileSync(file, Buffer.alloc(50 * PAGE, 0x55));
    expect(mend()[0]?.message).toContain("Nothing of it could be read, so this object begins empty");
    expect(readdirSync(dirname(file))).not.toContain(`${OBJECT}.sqlite`);
    expect(beside()).toHaveLength(2);
    expect(logged.some((line) => line.includes("begins empty"))).toBe(true);
  });

  it("a start that was killed in between is finished by the next one", () => {
    copyFileSync(file, `${file}.recovered`);
    renameSync(file, `${file}.damaged-20261120T000000Z`);
    expect(mend()).toEqual([]);
    expect(rowsOf("wal_1")).toBe(ROWS);
  });

  it("one that was killed before its copy was whole begins anew", () => {
    writeFileSync(`${file}.recovered`, "half a copy");
    expect(mend()).toEqual([]);
    expect(rowsOf("wal_1")).toBe(ROWS);
    expect(readdirSync(dirname(file)).some((name) => name.includes(".recovered"))).toBe(false);
  });
});
