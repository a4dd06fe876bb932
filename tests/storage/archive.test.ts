import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Archive, ArchiveBucket } from "../../worker/src/storage/archive.ts";
import { bucketArchive } from "../../worker/src/storage/archive.ts";
import { ArchiveLimit, RunArchive } from "../../worker/src/storage/run-archive.ts";
import { AlarmScheduler } from "../../worker/src/objects/alarm-scheduler.ts";
import { RateMeter, shardStatus } from "../../worker/src/shard/shard-status.ts";
import { shardTasks } from "../../worker/src/shard/shard-tasks.ts";
import { taskLog } from "../../worker/src/shard/task-log.ts";
import type { SeriesStore } from "../../worker/src/storage/series-store.ts";
import { readTiered } from "../../worker/src/storage/tiered-reads.ts";
import { NodeDatabase } from "../support/node-database.ts";
import { MemoryBucket } from "./memory-bucket.ts";
import { DAY, MINUTE, openStore, refOf } from "./open-store.ts";
import { openShard } from "./shard-fixture.ts";

const START = Date.UTC(2026, 8, 1);
const HOUR = 60 * MINUTE;

function open(bucket: ArchiveBucket) {
  const database = new NodeDatabase();
  const store = openStore(database, START);
  return { store, database, archive: new RunArchive(bucketArchive(bucket), "default/shard-0", database, store) };
}

/** Samples of a series, those that only the archive has among them. */
const readAll = (archive: RunArchive, store: SeriesStore, ref: number, nowMs: number, startMs = 0, endMs = Infinity) =>
  archive.through((visit) => store.read([ref], startMs, endMs, nowMs, visit));

/** A day of two series, flushed twice, merged when it is over. */
function liveDay(store: SeriesStore, day: number): number {
  for (let i = 1; i <= 288; i++) {
    const t = START + day * DAY + i * 5 * MINUTE;
    store.append(refOf(store, "load"), t, i, t);
    store.append(refOf(store, "up"), t, 1, t);
    if (i % 144 === 0) store.flush(t, () => undefined);
  }
  const nowMs = START + (day + 1) * DAY + 4 * HOUR;
  while (store.compactor.dueAt(nowMs) <= nowMs) store.compactor.step(nowMs);
  return nowMs;
}

describe("an archive", () => {
  test("raw samples leave only when they are there, and are read from there", async () => {
    const bucket = new MemoryBucket();
    const { store, archive } = open(bucket);
    let nowMs = 0;
    for (let day = 0; day < 5; day++) nowMs = liveDay(store, day);
    const ref = refOf(store, "load");
    const everything = store.read([ref], 0, Infinity, nowMs);
    const later = nowMs + 30 * DAY;
    bucket.down = true;
    await expect(archive.storeNext()).rejects.toThrow("does not answer");
    store.retain(later);
    expect(store.read([ref], 0, Infinity, later)).toEqual(everything);
    bucket.down = false;
    for (let i = 0; i < 3; i++) await archive.storeNext();
    expect(store.retention.dueAt).toBeLessThanOrEqual(later);
    store.retain(later);
    expect(store.read([ref], 0, Infinity, later)[0]?.timestamps).toHaveLength(2 * 288);
    expect(archive.pending?.day).toBe(Math.floor(START / DAY) + 3);
    expect(await readAll(archive, store, ref, later)).toEqual(everything);
    const part = await readAll(archive, store, ref, later, START + HOUR, START + 2 * HOUR);
    expect(part[0]?.timestamps).toHaveLength(12);
  });

  test("retention is not due for what it may not drop", () => {
    const { store } = open(new MemoryBucket());
    liveDay(store, 0);
    expect(store.retention.dueAt).toBe(Infinity);
  });

  test("a damaged row is left out and said, as long as it is damaged", async () => {
    const bucket = new MemoryBucket();
    const { store, archive, database } = open(bucket);
    liveDay(store, 0);
    const nowMs = liveDay(store, 1) + 31 * DAY;
    await archive.storeNext();
    await archive.storeNext();
    store.retain(nowMs);
    const ref = refOf(store, "load");
    expect((await readAll(archive, store, ref, nowMs))[0]?.timestamps).toHaveLength(576);
    const [first = ""] = [...bucket.blobs.keys()].filter((key) => key.includes("/rows/"));
    bucket.blobs.set(first, (bucket.blobs.get(first) ?? new Uint8Array()).slice(0, 50));
    const other = new RunArchive(bucketArchive(bucket), "default/shard-0", database, store);
    expect((await readAll(other, store, ref, nowMs))[0]?.timestamps).toHaveLength(288);
    expect(other.problems).toEqual([expect.stringContaining("missing or damaged")]);
  });

  test("days that left while it was not bound are found when it is again, and until then it is said that only it has them", async () => {
    const bucket = new MemoryBucket();
    const database = new NodeDatabase();
    const bound = (store: SeriesStore) => new RunArchive(bucketArchive(bucket), "default/shard-0", database, store);
    const store = openStore(database, START);
    const archive = bound(store);
    let nowMs = 0;
    for (let day = 0; day < 3; day++) nowMs = liveDay(store, day);
    while (archive.pending !== null) await archive.storeNext();
    expect(store.retention.catalog.unbound()).toEqual([]);

    const without = openStore(database, nowMs);
    expect(without.retain(nowMs + 31 * DAY)).toEqual([]);
    expect(without.runs.runs.filter((run) => run.resolutionMs === 0)).toEqual([]);
    expect(without.retention.catalog.unbound()).toEqual([expect.stringMatching(/^3 days \(2026-09-01 to 2026-09-03\) .*--archive-dir/)]);
    // Also where nobody wrote down that they left.
    for (const forgotten of [false, true]) {
      const again = openStore(database, nowMs + 31 * DAY);
      if (forgotten) again.retention.catalog.replace([]);
      const back = bound(again);
      expect(back.reaches(START, START + DAY)).toBe(true);
      expect((await readAll(back, again, refOf(again, "load"), nowMs))[0]?.timestamps).toHaveLength(3 * 288);
      expect(await back.look()).toEqual([]);
    }
  });

  test("days that another database wrote are told, kept, and taken for nothing of this one", async () => {
    const bucket = new MemoryBucket();
    const first = open(bucket);
    liveDay(first.store, 0);
    await first.archive.storeNext();
    const { store, archive } = open(bucket);
    const ref = refOf(store, "newcomer");
    const nowMs = liveDay(store, 3);
    expect(await readAll(archive, store, ref, nowMs)).toEqual([]);
    expect(await archive.look()).toEqual([expect.stringContaining("another database wrote")]);
    const before = new Map(bucket.blobs);
    await expect(archive.storeNext()).rejects.toThrow("another database wrote");
    expect(bucket.blobs).toEqual(before);
  });

  test("days that another database has of the same dates, and by the same numbers, are not replaced, whoever came first", async () => {
    for (const isFirstOpenNow of [true, false]) {
      const bucket = new MemoryBucket();
      const first = open(bucket);
      const second = open(bucket);
      liveDay(first.store, 0);
      if (!isFirstOpenNow) await second.archive.look();
      await first.archive.storeNext();
      const before = new Map(bucket.blobs);
      const ref = refOf(second.store, "newcomer");
      const nowMs = liveDay(second.store, 0);
      await expect(second.archive.storeNext()).rejects.toThrow(/another database wrote.*default\/shard-0\/owner/);
      expect(second.archive.problems).toEqual([expect.stringContaining("another database wrote")]);
      second.store.retain(nowMs + 40 * DAY);
      expect(second.store.read([ref + 1], 0, Infinity, nowMs)[0]?.timestamps).toHaveLength(288);
      expect(bucket.blobs).toEqual(before);
      // The first goes on with its own, an archive that an earlier build left without a name as well.
      bucket.blobs.delete("default/shard-0/owner");
      liveDay(first.store, 1);
      await first.archive.storeNext();
      expect(first.archive.pending).toBeNull();
      await expect(second.archive.storeNext()).rejects.toThrow("another database wrote");
    }
  });

  test("after going back to a backup its days are kept there, whatever numbers this one gives again", async () => {
    for (const learns of ["first", "amid the merge", "last"]) {
      const bucket = new MemoryBucket();
      const database = new NodeDatabase();
      const bound = (store: SeriesStore, of: NodeDatabase) => new RunArchive(bucketArchive(bucket), "default/shard-0", of, store);
      const store = openStore(database, START);
      const archive = bound(store, database);
      const ref = refOf(store, "load");
      liveDay(store, 0);
      await archive.storeNext();
      const file = join(mkdtempSync(join(tmpdir(), "sightline-backup-")), "backup.sqlite");
      database.run("VACUUM INTO ?", file);
      const backup = new NodeDatabase(file);
      liveDay(store, 1);
      await archive.storeNext();
      const restored = openStore(backup, START + DAY);
      const after = bound(restored, backup);
      if (learns === "first") await after.look();
      // Other samples of that day come late, and become a run with the number of the one that is there.
      for (let i = 1; i <= 100; i++) restored.append(ref, START + DAY + i * MINUTE * 5 + 500, i, START + DAY + i * 5 * MINUTE + 500);
      const nowMs = START + 2 * DAY + 9 * HOUR;
      // More series than one step of a merge takes.
      for (let i = 0; i < 900; i++) restored.append(refOf(restored, `late_${i}`), START + DAY + MINUTE, i, START + DAY + 8 * HOUR);
      restored.flush(nowMs, () => undefined);
      const later = nowMs + 9 * HOUR;
      if (learns === "amid the merge") {
        restored.compactor.step(later);
        await after.look();
      }
      while (restored.compactor.dueAt(later) <= later) restored.compactor.step(later);
      while (after.pending !== null) await after.storeNext();
      // No aggregates stand for that day, as not all of it is here.
      const that = restored.runs.runs.filter((run) => run.day === Math.floor(START / DAY) + 1);
      expect(that).toMatchObject([{ resolutionMs: 0, partial: true, archived: true }]);
      restored.retain(later + 31 * DAY);
      const opened = openStore(backup, later + 31 * DAY);
      const [read] = await readAll(bound(opened, backup), opened, ref, later + 31 * DAY);
      expect(read?.timestamps).toHaveLength(288 + 288 + 100);
      backup.close();
      rmSync(dirname(file), { recursive: true });
    }
  });

  test("after going back to a backup of before it had an owner this database is it again, and no other one that had stored there", async () => {
    const bucket = new MemoryBucket();
    const first = open(bucket);
    liveDay(first.store, 0);
    await first.archive.storeNext();
    bucket.blobs.delete("default/shard-0/owner");
    first.database.run("DELETE FROM settings WHERE name = 'archive_owner'");
    const file = join(mkdtempSync(join(tmpdir(), "sightline-backup-")), "backup.sqlite");
    first.database.run("VACUUM INTO ?", file);
    const backup = new NodeDatabase(file);
    // An earlier build let another one store there, too: of the same day, by the same number.
    const other = open(new MemoryBucket());
    other.store.append(refOf(other.store, "load"), START + 1, 1, START + 1);
    liveDay(other.store, 0);
    await other.archive.storeNext();
    other.database.run("DELETE FROM settings WHERE name = 'archive_owner'");

    liveDay(first.store, 1);
    await first.archive.storeNext();
    const owner = bucket.blobs.get("default/shard-0/owner");
    const restored = openStore(backup, START + DAY);
    const after = new RunArchive(bucketArchive(bucket), "default/shard-0", backup, restored);
    const nowMs = liveDay(restored, 2) + 60 * DAY;
    await after.storeNext();
    await after.storeNext();
    expect(after.pending).toBeNull();
    expect(after.problems).toEqual([]);
    expect(bucket.blobs.get("default/shard-0/owner")).toEqual(owner);
    restored.retain(nowMs);
    expect(restored.runs.runs.filter(({ resolutionMs }) => resolutionMs === 0)).toEqual([]);
    expect((await readAll(after, restored, refOf(restored, "load"), nowMs))[0]?.timestamps).toHaveLength(3 * 288);

    backup.close();
    rmSync(dirname(file), { recursive: true });

    liveDay(other.store, 3);
    const beside = new RunArchive(bucketArchive(bucket), "default/shard-0", other.database, other.store);
    await expect(beside.storeNext()).rejects.toThrow("another database wrote");
  });

  test("a folder that is not there any more is told with the first look", async () => {
    const bucket = new MemoryBucket();
    const { store, archive, database } = open(bucket);
    const nowMs = liveDay(store, 0) + 31 * DAY;
    await archive.storeNext();
    store.retain(nowMs);
    expect(await archive.look()).toEqual([]);
    bucket.blobs.clear();
    const other = new RunArchive(bucketArchive(bucket), "default/shard-0", database, store);
    expect(await other.look()).toEqual([expect.stringMatching(/^Of 1 days that only the archive has, 1 .*right folder/)]);
    bucket.down = true;
    const third = new RunArchive(bucketArchive(bucket), "default/shard-0", database, store);
    expect(await third.look()).toEqual([expect.stringContaining("the archive cannot be read: the bucket does not answer")]);
  });

  test("a run that was cut short in the archive is not read, and the next one clears it away", async () => {
    const bucket = new MemoryBucket();
    const { store, archive } = open(bucket);
    const nowMs = liveDay(store, 0);
    await bucket.put("default/shard-0/rows/020690/777/1", new Uint8Array(9));
    const day = String(Math.floor(START / DAY)).padStart(6, "0");
    await bucket.put(`default/shard-0/rows/${day}/777/1`, new Uint8Array(9));
    await archive.storeNext();
    expect([...bucket.blobs.keys()].filter((key) => key.includes("/777/"))).toEqual(["default/shard-0/rows/020690/777/1"]);
    expect((await readAll(archive, store, refOf(store, "load"), nowMs))[0]?.timestamps).toHaveLength(288);
    expect(archive.problems).toEqual([]);
  });

  test("late samples of an archived day enter its run and its aggregates, and the archive gets them", async () => {
    const bucket = new MemoryBucket();
    const { store, archive } = open(bucket);
    const nowMs = liveDay(store, 0);
    await archive.storeNext();
    const before = [...bucket.blobs.keys()];
    // Another series' clock is behind: it brings samples of that day now.
    const slow = refOf(store, "slow");
    for (let i = 1; i <= 100; i++) store.append(slow, START + i * MINUTE, 7, nowMs);
    store.flush(nowMs, () => undefined);
    const later = nowMs + 7 * HOUR;
    expect(store.compactor.dueAt(nowMs)).toBe(nowMs + 6 * HOUR);
    while (store.compactor.dueAt(later) <= later) store.compactor.step(later);
    expect(store.runs.runs.filter((run) => run.resolutionMs === 0)).toHaveLength(1);
    const request = { startMs: START, endMs: START + DAY, maxResolutionMs: HOUR };
    const rollups = readTiered(store, [slow, refOf(store, "load")], request, later).map((series) => series.rollup);
    expect(rollups.map((rollup) => rollup?.counts.reduce((sum, count) => sum + count, 0))).toEqual([100, 288]);

    expect(archive.pending).not.toBeNull();
    await archive.storeNext();
    expect([...bucket.blobs.keys()].filter((key) => before.includes(key))).toEqual(["default/shard-0/owner"]);
    store.retain(later + 31 * DAY);
    expect(store.read([slow], 0, Infinity, later)).toEqual([]);
    expect((await readAll(archive, store, slow, later + 31 * DAY))[0]?.timestamps).toHaveLength(100);
    expect((await readAll(archive, store, refOf(store, "load"), later + 31 * DAY))[0]?.timestamps).toHaveLength(288);
  });

  test("a day that is in the archive does not leave while late samples of it wait for their aggregates", async () => {
    const { store, archive } = open(new MemoryBucket());
    const nowMs = liveDay(store, 0);
    await archive.storeNext();
    const leaving = START + 31 * DAY;
    store.append(refOf(store, "slow"), START + DAY - MINUTE, 7, leaving - HOUR);
    store.flush(leaving - HOUR, () => undefined);
    store.retain(leaving + HOUR);
    expect(store.read([refOf(store, "load")], 0, Infinity, nowMs)[0]?.timestamps).toHaveLength(288);
    const merged = leaving + 6 * HOUR;
    while (store.compactor.dueAt(merged) <= merged) store.compactor.step(merged);
    await archive.storeNext();
    store.retain(merged);
    expect(store.read([refOf(store, "load")], 0, Infinity, nowMs)).toEqual([]);
  });

  test("while it does not answer nothing leaves, the status says so, and it is tried again", async () => {
    const bucket = new MemoryBucket();
    const database = new NodeDatabase();
    const shard = openShard(database, { now: START });
    const { store } = shard.core;
    const archive = new RunArchive(bucketArchive(bucket), "default/shard-0", database, store);
    shard.now = liveDay(store, 0);
    bucket.down = true;
    let alarmAt = 0;
    const alarm = {
      setAlarm: async (at: number) => {
        alarmAt = at;
      },
    };
    const scheduler = new AlarmScheduler(alarm, shardTasks(shard.core, archive), taskLog(database), () => shard.now);
    await scheduler.fire();
    expect(scheduler.problems()).toEqual(["archive failed 1 times, last with: the bucket does not answer"]);
    const status = shardStatus(shard.core, new RateMeter(shard.now), shard.now, scheduler.problems());
    expect(status.problems).toEqual(scheduler.problems());
    expect(alarmAt).toBe(shard.now + 1000);
    shard.now += 60 * DAY;
    await scheduler.fire();
    expect(store.read([refOf(store, "load")], 0, Infinity, shard.now)[0]?.timestamps).toHaveLength(288);
    bucket.down = false;
    shard.now += HOUR;
    await scheduler.fire();
    expect(scheduler.problems()).toEqual([]);
    expect(store.read([refOf(store, "load")], 0, Infinity, shard.now)).toEqual([]);
    expect((await readAll(archive, store, refOf(store, "load"), shard.now))[0]?.timestamps).toHaveLength(288);
  });

  test("what the archive has is known from its labels where the list of it is gone", async () => {
    const bucket = new MemoryBucket();
    const { store, archive, database } = open(bucket);
    liveDay(store, 0);
    const nowMs = liveDay(store, 1) + 40 * DAY;
    for (let i = 0; i < 2; i++) await archive.storeNext();
    store.retain(nowMs);
    const ref = refOf(store, "load");
    const everything = await readAll(archive, store, ref, nowMs);
    for (const spoil of ["DELETE FROM snapshots WHERE name = 'archived'", "UPDATE snapshots SET body = x'00' WHERE name = 'archived'"]) {
      database.run(spoil);
      const opened = openStore(database, nowMs);
      const again = new RunArchive(bucketArchive(bucket), "default/shard-0", database, opened);
      expect(again.catalog.known).toBe(false);
      expect(await readAll(again, opened, ref, nowMs)).toEqual(everything);
      expect(again.catalog.known).toBe(true);
    }
    expect((await archive.days())?.oldest).toBe(Math.floor(START / DAY));
  });

  test("a read that wants more rows than it may have is refused before they are fetched", async () => {
    const bucket = new MemoryBucket();
    const { store, archive } = open(bucket);
    for (let day = 0; day < 3; day++) liveDay(store, day);
    for (let i = 0; i < 3; i++) await archive.storeNext();
    const nowMs = START + 40 * DAY;
    store.retain(nowMs);
    const read = (rows: number) =>
      archive.through((visit) => store.read([refOf(store, "load")], 0, Infinity, nowMs, visit), { rows, bytes: Infinity });
    bucket.gets = 0;
    await expect(read(2)).rejects.toThrow(ArchiveLimit);
    expect(bucket.gets).toBe(0);
    expect((await read(3))[0]?.timestamps).toHaveLength(3 * 288);
    // What was opened once is not fetched again.
    const { gets } = bucket;
    await read(3);
    expect(bucket.gets).toBe(gets);
  });

  test("lists of many pages come whole", async () => {
    const archive: Archive = bucketArchive(new MemoryBucket());
    for (let i = 0; i < 8; i++) await archive.put(`a/${i}`, Uint8Array.of(i));
    expect(await archive.list("a/")).toHaveLength(8);
    expect(await archive.get("a/5")).toEqual(Uint8Array.of(5));
    expect(await archive.get("b")).toBeNull();
    await archive.delete("a/5");
    await archive.delete("a/5");
    expect(await archive.list("a/")).toHaveLength(7);
  });
});
