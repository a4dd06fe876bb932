import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { mendDatabases, noteDatabases } from "../../worker/src/local/damaged-database.ts";
import { lostFrames } from "../../worker/src/local/write-ahead-file.ts";

const NOW = new Date(Date.UTC(2026, 10, 21, 16, 4, 12));
const FRAME = 24 + 4096;

let root: string;
let objects: string;
let file: string;
const log = { write: () => undefined };
const mend = () => mendDatabases(objects, NOW, log);

/** What a kill -9 leaves: `first` rows in the database, `then` in its write-ahead file. */
function killed(first: number, then: number): void {
  const origin = join(root, "origin.sqlite");
  for (const part of ["", "-wal", "-shm"]) rmSync(origin + part, { force: true });
  const database = new DatabaseSync(origin);
  database.exec("PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; CREATE TABLE t (id INTEGER PRIMARY KEY, body BLOB)");
  const insert = database.prepare("INSERT INTO t (body) VALUES (zeroblob(3000))");
  for (let i = 0; i < first; i++) insert.run();
  database.exec("PRAGMA wal_checkpoint(RESTART)");
  for (let i = 0; i < then; i++) insert.run();
  for (const part of ["", "-wal", "-shm"]) copyFileSync(origin + part, file + part);
  database.close();
}

function flip(at: number): void {
  const bytes = readFileSync(`${file}-wal`);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  writeFileSync(`${file}-wal`, bytes);
}

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "sightline-wal-"));
  objects = join(root, "objects");
  file = join(objects, "sightline-LiveHub", "65bb8c80.sqlite");
  mkdirSync(dirname(file), { recursive: true });
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

describe("a write-ahead file that a kill has left", () => {
  it("is whole: nothing is said, however much of an earlier generation lies behind it, or half a frame at its end", () => {
    for (const [first, then] of [
      [0, 5],
      [5, 0],
      [40, 5],
      [5, 40],
    ] as const) {
      killed(first, then);
      expect(lostFrames(file)).toBe(0);
      writeFileSync(`${file}-wal`, Buffer.concat([readFileSync(`${file}-wal`), Buffer.alloc(24)]));
      expect(lostFrames(file)).toBe(0);
      rmSync(`${file}-shm`);
      expect(lostFrames(file)).toBe(0);
      expect(mend()).toEqual([]);
    }
  });

  it("with a flipped bit, cut off, overwritten or gone: what SQLite drops in silence is counted, told and kept, until it is taken away", () => {
    const damages: readonly (readonly [string, () => void])[] = [
      ["flipped", () => flip(32 + FRAME * 3 + 100)],
      ["cut off", () => truncateSync(`${file}-wal`, 32 + FRAME * 4 + 10)],
      ["cut off between frames", () => truncateSync(`${file}-wal`, 32 + FRAME * 4)],
      ["overwritten", () => writeFileSync(`${file}-wal`, Buffer.alloc(50_000, 7))],
      ["gone", () => rmSync(`${file}-wal`)],
      ["its header and first frame flipped", () => (flip(18), flip(32 + 200))],
    ];
    for (const [name, damage] of damages) {
      killed(5, 20);
      damage();
      expect(lostFrames(file), name).toBeGreaterThanOrEqual(15);
      const [notice] = mend();
      expect(notice, name).toMatchObject({
        object: "65bb8c80",
        message: expect.stringMatching(/the last \d+ pages that had been committed to it are gone/),
      });
      expect(mend(), name).toContainEqual(notice);
      for (const entry of readdirSync(dirname(file))) rmSync(join(dirname(file), entry));
    }
  });

  it.each([
    ["a salt", [18]],
    ["its sum", [27]],
    ["the page size", [10]],
    ["all of it", Array.from({ length: 32 }, (_, i) => i)],
  ])("is read whole when its head is damaged, with or without another witness: %s", (_, bytes) => {
    for (const witness of [true, false]) {
      killed(5, 20);
      if (!witness) rmSync(`${file}-shm`);
      const before = readFileSync(`${file}-wal`);
      for (const at of bytes) flip(at);
      const [notice] = mend();
      expect(notice?.message).toMatch(/the head of its database's write-ahead file was damaged, and was made anew/);
      expect(readFileSync(`${file}-wal`)).toEqual(before);
      expect(mend()).toEqual([notice]);
      const database = new DatabaseSync(file);
      expect(database.prepare("SELECT count(*) AS rows FROM t").get()).toEqual({ rows: 25 });
      database.close();
      for (const entry of readdirSync(dirname(file))) rmSync(join(dirname(file), entry));
    }
  });

  it("is told without another witness when neither its head nor its first frame can be read", () => {
    killed(5, 20);
    rmSync(`${file}-shm`);
    flip(18);
    flip(32 + 200);
    expect(lostFrames(file)).toBeGreaterThanOrEqual(20);
    expect(mend()).toMatchObject([{ message: expect.stringMatching(/the last \d+ pages that had been committed to it are gone/) }]);
  });

  it("whose damage shows in the frames behind it needs no other witness", () => {
    killed(0, 20);
    rmSync(`${file}-shm`);
    flip(32 + FRAME * 3 + 100);
    expect(lostFrames(file)).toBeGreaterThanOrEqual(17);
  });
});

describe("a database file that was there", () => {
  it("and is gone or empty is told, until the note is taken away", () => {
    for (const lose of [() => rmSync(file), () => truncateSync(file, 0), () => rmSync(dirname(file), { recursive: true })]) {
      mkdirSync(dirname(file), { recursive: true });
      killed(5, 0);
      for (const part of ["-wal", "-shm"]) rmSync(file + part);
      expect(mend()).toEqual([]);
      noteDatabases(objects);
      lose();
      const [notice] = mend();
      expect(notice).toMatchObject({
        object: "65bb8c80",
        message: expect.stringMatching(/is (gone|empty), and had something in it before/),
      });
      expect(mend()).toEqual([notice]);
      for (const entry of readdirSync(dirname(file))) rmSync(join(dirname(file), entry));
      expect(mend()).toEqual([]);
    }
    expect(existsSync(file)).toBe(false);
  });
});
