/** An archive beside copies and backups, of the database and of itself. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { bucketArchive } from "../../worker/src/storage/archive.ts";
import { RunArchive } from "../../worker/src/storage/run-archive.ts";
import { runBytes } from "../../worker/src/storage/run-manifest.ts";
import type { SeriesStore } from "../../worker/src/storage/series-store.ts";
import { shardTasks } from "../../worker/src/shard/shard-tasks.ts";
import { NodeDatabase } from "../support/node-database.ts";
import { MemoryBucket } from "./memory-bucket.ts";
import { DAY, MINUTE, openStore, refOf } from "./open-store.ts";
import { openShard } from "./shard-fixture.ts";

const START = Date.UTC(2026, 8, 1);
const HOUR = 60 * MINUTE;
const LEFT = START + 40 * DAY;

let folder: string;
let bucket: MemoryBucket;

interface Opened {
  readonly database: NodeDatabase;
  readonly store: SeriesStore;
  readonly archive: RunArchive;
}

function open(database: NodeDatabase, nowMs: number, of = bucket): Opened {
  const store = openStore(database, nowMs);
  return { database, store, archive: new RunArchive(bucketArchive(of), "default/shard-0", database, store) };
}

function copyOf({ database }: Opened): NodeDatabase {
  const file = join(mkdtempSync(join(folder, "copy-")), "copy.sqlite");
  database.run("VACUUM INTO ?", file);
  return new NodeDatabase(file);
}

function merge(store: SeriesStore, nowMs: number): void {
  while (store.compactor.dueAt(nowMs) <= nowMs) store.compactor.step(nowMs);
}

/** A day of one series, merged when it is over; its values begin at `from`. */
function liveDay(store: SeriesStore, day: number, from = 0): void {
  for (let i = 1; i <= 288; i++) {
    const t = START + day * DAY + i * 5 * MINUTE;
    store.append(refOf(store, "load"), t, from + i, t);
    if (i % 144 === 0) store.flush(t, () => undefined);
  }
  merge(store, START + (day + 1) * DAY + 4 * HOUR);
}

async function storeAll({ archive }: Pick<Opened, "archive">): Promise<void> {
  while (archive.pending !== null) await archive.storeNext();
}

const readAll = async ({ store, archive }: Pick<Opened, "store" | "archive">, metric = "load"): Promise<readonly number[]> => {
  const [series] = await archive.throughWhole((visit) => store.read([refOf(store, metric)], 0, Infinity, LEFT, visit));
  return [...(series?.values ?? [])];
};

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sightline-copies-"));
  bucket = new MemoryBucket();
});

afterEach(() => rmSync(folder, { recursive: true }));

describe("a copy of a database beside its original", () => {
  test("is told, and stores nothing there while the original does", async () => {
    const original = open(new NodeDatabase(), START);
    liveDay(original.store, 0);
    await storeAll(original);
    const copy = open(copyOf(original), START + DAY);
    expect(await copy.archive.look()).toEqual([]);
    liveDay(original.store, 1, 1000);
    await storeAll(original);
    const before = new Map(bucket.blobs);
    liveDay(copy.store, 1, 9000);
    await expect(copy.archive.storeNext()).rejects.toThrow("a copy of this database stores its days in the same archive");
    expect(copy.archive.problems).toEqual([expect.stringContaining("a copy of this database")]);
    expect(bucket.blobs).toEqual(before);
    // Nothing leaves either of them that is not there.
    for (const { store } of [original, copy]) store.retain(LEFT);
    expect(await readAll(original)).toEqual(
      [...Array(288).keys()].flatMap((i) => i + 1).concat([...Array(288).keys()].map((i) => 1001 + i)),
    );
    expect((await readAll(copy)).at(-1)).toBe(9288);
    expect(original.archive.problems).toEqual([]);
  });

  test("that is opened later reads the days of both, and then the original is told", async () => {
    const original = open(new NodeDatabase(), START);
    liveDay(original.store, 0);
    await storeAll(original);
    const database = copyOf(original);
    liveDay(original.store, 1, 1000);
    await storeAll(original);
    const before = new Map(bucket.blobs);
    const copy = open(database, START + DAY);
    liveDay(copy.store, 1, 9000);
    liveDay(copy.store, 2, 9000);
    await storeAll(copy);
    for (const [key, blob] of before) expect(bucket.blobs.get(key)).toEqual(blob);
    liveDay(original.store, 2, 2000);
    await expect(original.archive.storeNext()).rejects.toThrow("a copy of this database");
    copy.store.retain(LEFT);
    expect(await readAll(copy)).toHaveLength(3 * 288);
  });
});

describe("after going back to a backup", () => {
  test("a day that was merged anew since is whole, also when what the backup had of it is over", async () => {
    const original = open(new NodeDatabase(), START);
    original.store.append(refOf(original.store, "slow"), START + 1, 5, START + 1);
    liveDay(original.store, 0);
    await storeAll(original);
    const database = copyOf(original);
    const late = START + 3 * DAY;
    for (let i = 1; i <= 100; i++)
      original.store.append(refOf(original.store, "slow"), START + i * 5 * MINUTE + 500, i, START + i * 5 * MINUTE + 500);
    original.store.flush(late, () => undefined);
    merge(original.store, late + 9 * HOUR);
    await storeAll(original);

    const restored = open(database, late);
    await restored.archive.look();
    await storeAll(restored);
    // They are still sent.
    for (const metric of ["load", "slow"]) restored.store.append(refOf(restored.store, metric), LEFT, 0, LEFT);
    restored.store.flush(LEFT, () => undefined);
    restored.store.retain(LEFT);
    expect(restored.store.runs.runs.filter(({ level }) => level === 2)).toEqual([]);
    for (const opened of [restored, open(database, LEFT)]) {
      expect(await readAll(opened)).toHaveLength(288 + 1);
      expect(await readAll(opened, "slow")).toHaveLength(101 + 1);
      expect(await opened.archive.look()).toEqual([]);
    }
  });

  test("days of since then are taken in with series that the backup does not know, whatever has their numbers now", async () => {
    const original = open(new NodeDatabase(), START);
    liveDay(original.store, 0);
    await storeAll(original);
    const database = copyOf(original);
    for (const metric of ["newer", "newest"]) {
      const ref = refOf(original.store, metric);
      for (let i = 1; i <= 10; i++) original.store.append(ref, START + DAY + i * MINUTE, i, START + DAY + i * MINUTE);
    }
    liveDay(original.store, 1, 1000);
    await storeAll(original);

    const restored = open(database, START + DAY);
    // Other series come first, and what came before comes in another order.
    for (const metric of ["other", "newest"]) restored.store.append(refOf(restored.store, metric), START + 2 * DAY, 7, START + 2 * DAY);
    expect(refOf(restored.store, "other")).toBe(refOf(original.store, "newer"));
    expect(await restored.archive.look()).toEqual([]);
    liveDay(restored.store, 2, 2000);
    await storeAll(restored);
    for (const opened of [restored, open(database, START + 3 * DAY)]) {
      expect(await readAll(opened)).toHaveLength(3 * 288);
      expect(await readAll(opened, "newest")).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 7]);
      expect(await readAll(opened, "other")).toEqual([7]);
      const named = (value: string) => [{ name: "__name__", op: "=", value }] as const;
      const unknown = await opened.archive.throughWhole((visit) => visit.forgotten(named("newer"), 0, LEFT, opened.store));
      const values = Float64Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10);
      expect(unknown).toMatchObject({ value: [{ labels: { __name__: "newer" }, values }] });
      const known = await opened.archive.throughWhole((visit) => visit.forgotten(named("newest"), 0, LEFT, opened.store));
      expect(known).toEqual({ ok: true, value: [] });
    }
    refOf(restored.store, "newer");
    expect(await readAll(restored, "newer")).toHaveLength(10);
  });

  test.each(["an empty folder", "an older state of the archive"])(
    "of the archive, or in %s, days that are here are stored again",
    async (where) => {
      const before = open(new NodeDatabase(), START);
      liveDay(before.store, 0);
      await storeAll(before);
      const older = new MemoryBucket();
      if (where !== "an empty folder") for (const [key, blob] of bucket.blobs) older.blobs.set(key, blob);
      liveDay(before.store, 1);
      await storeAll(before);
      const after = open(before.database, START + 2 * DAY, older);
      await after.archive.look();
      expect(after.archive.pending).not.toBeNull();
      await storeAll(after);
      after.store.retain(LEFT);
      expect(await readAll(after)).toHaveLength(2 * 288);
      expect(await after.archive.look()).toEqual([]);
    },
  );
});

test.each(["", "\0\0\0\0", "somebody"])(
  "a damaged name of the archive's owner (%j) is written anew by whose days lie there, and by nobody else",
  async (name) => {
    const owner = "default/shard-0/owner";
    const first = open(new NodeDatabase(), START);
    liveDay(first.store, 0);
    await storeAll(first);
    const before = bucket.blobs.get(owner);
    bucket.blobs.set(owner, new TextEncoder().encode(name));
    const other = open(new NodeDatabase(), START);
    liveDay(other.store, 0, 5000);
    await expect(other.archive.storeNext()).rejects.toThrow("another database wrote");
    const again = open(first.database, START + DAY);
    liveDay(again.store, 1);
    await storeAll(again);
    expect(again.archive.problems).toEqual([]);
    expect(bucket.blobs.get(owner)).toEqual(before);
    // Its series have the same numbers.
    const alike = open(new NodeDatabase(), START);
    liveDay(alike.store, 2);
    await expect(alike.archive.storeNext()).rejects.toThrow("another database wrote");
  },
);

test("what is over is asked for in the archive before it leaves, and stays when that does not answer", async () => {
  const database = new NodeDatabase();
  const shard = openShard(database, { now: START });
  const { store } = shard.core;
  const archive = new RunArchive(bucketArchive(bucket), "default/shard-0", database, store);
  const tasks = shardTasks(shard.core, archive);
  const run = async (name: string): Promise<void> => {
    const task = tasks.find((one) => one.name === name);
    if ((task?.dueAt(shard.now) ?? Infinity) <= shard.now) await task?.run(shard.now);
  };
  liveDay(store, 0);
  await run("archive");
  shard.now = LEFT;
  bucket.down = true;
  await expect(run("retention")).rejects.toThrow("does not answer");
  expect(await readAll({ store, archive })).toHaveLength(288);
  bucket.down = false;
  bucket.blobs.clear();
  await run("retention");
  expect(store.runs.runs.filter(({ resolutionMs }) => resolutionMs === 0)).toEqual([]);
  expect(await readAll({ store, archive })).toHaveLength(288);
});

test("under want of room it is asked as well, also where aggregates go first", async () => {
  const database = new NodeDatabase();
  const shard = openShard(database, { now: START });
  const { store } = shard.core;
  const archive = new RunArchive(bucketArchive(bucket), "default/shard-0", database, store);
  const rawDays = (of: SeriesStore): number[] => of.runs.runs.flatMap(({ resolutionMs, day }) => (resolutionMs === 0 ? [day] : []));
  for (const day of [0, 1, 2]) liveDay(store, day);
  await storeAll({ archive });
  const [first = 0] = rawDays(store);
  database.transaction(() =>
    store.runs.drop(store.runs.runs.filter((run) => run.day === first && run.resolutionMs === 0).map(({ id }) => id)),
  );
  const kept = rawDays(store);
  bucket.blobs.clear();
  // So much too much that the first day's aggregates are not enough, and one more run is.
  const maxBytes = store.runs.bytes() - 1 - store.runs.runs.reduce((sum, run) => sum + (run.day === first ? runBytes(run) : 0), 0);
  const crowded = openShard(database, { now: START + 3 * DAY, bounds: { maxBytes } });
  const anew = new RunArchive(bucketArchive(bucket), "default/shard-0", database, crowded.core.store);
  const retention = shardTasks(crowded.core, anew).find(({ name }) => name === "retention");
  bucket.down = true;
  await expect(retention?.run(START + 3 * DAY)).rejects.toThrow("does not answer");
  expect(rawDays(crowded.core.store)).toEqual(kept);
  bucket.down = false;
  await retention?.run(START + 3 * DAY);
  expect(rawDays(crowded.core.store)).toEqual(kept.slice(1));
  expect(await readAll({ store: crowded.core.store, archive: anew })).toHaveLength(2 * 288);
});

test("aggregates do not go in the place of raw samples that have to be stored again", async () => {
  const database = new NodeDatabase();
  const { store } = openShard(database, { now: START }).core;
  const archive = new RunArchive(bucketArchive(bucket), "default/shard-0", database, store);
  for (const day of [0, 1, 2]) liveDay(store, day);
  await storeAll({ archive });
  bucket.blobs.clear();
  const before = store.runs.runs.map(({ day, resolutionMs }) => `${day} ${resolutionMs}`);
  const crowded = openShard(database, { now: START + 3 * DAY, bounds: { maxBytes: store.runs.bytes() - 1 } });
  const anew = new RunArchive(bucketArchive(bucket), "default/shard-0", database, crowded.core.store);
  await shardTasks(crowded.core, anew)
    .find(({ name }) => name === "retention")
    ?.run(START + 3 * DAY);
  const left = new Set(crowded.core.store.runs.runs.map(({ day, resolutionMs }) => `${day} ${resolutionMs}`));
  expect(before.filter((run) => !left.has(run))).toEqual([`${Math.floor(START / DAY)} 0`]);
  // It is not lost.
  expect(crowded.core.store.retention.problems(START)).toEqual([]);
});
