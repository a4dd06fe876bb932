import { describe, expect, test } from "vitest";
import type { Archive, ArchiveBucket } from "../../worker/src/storage/archive.ts";
import { bucketArchive } from "../../worker/src/storage/archive.ts";
import { RunArchive } from "../../worker/src/storage/run-archive.ts";
import type { SeriesStore } from "../../worker/src/storage/series-store.ts";
import { NodeDatabase } from "../support/node-database.ts";
import { DAY, MINUTE, openStore, refOf } from "./open-store.ts";

const START = Date.UTC(2026, 8, 1);
const HOUR = 60 * MINUTE;

/** A bucket in memory that pages its lists by three and fails while `down`. */
class MemoryBucket implements ArchiveBucket {
  readonly blobs = new Map<string, Uint8Array>();
  down = false;

  async put(key: string, value: Uint8Array): Promise<void> {
    if (this.down) throw new Error("the bucket does not answer");
    this.blobs.set(key, value.slice());
  }

  async get(key: string) {
    const found = this.blobs.get(key);
    return found === undefined ? null : { arrayBuffer: async () => found.slice().buffer };
  }

  async list({ prefix, cursor }: { readonly prefix: string; readonly cursor?: string }) {
    const keys = [...this.blobs.keys()].filter((key) => key.startsWith(prefix)).sort();
    const from = Number(cursor ?? 0);
    const truncated = from + 3 < keys.length;
    const objects = keys.slice(from, from + 3).map((key) => ({ key }));
    return truncated ? { objects, truncated, cursor: String(from + 3) } : { objects, truncated };
  }
}

function open(bucket: ArchiveBucket) {
  const database = new NodeDatabase();
  const store = openStore(database, START);
  return { store, database, archive: new RunArchive(bucketArchive(bucket), "default/shard-0", database, store) };
}

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
    expect(await archive.read([ref], 0, Infinity, later)).toEqual(everything);
    const part = await archive.read([ref], START + HOUR, START + 2 * HOUR, later);
    expect(part[0]?.timestamps).toHaveLength(12);
  });

  test("retention is not due for what it may not drop", () => {
    const { store } = open(new MemoryBucket());
    liveDay(store, 0);
    expect(store.retention.dueAt).toBe(Infinity);
  });

  test("a run that was cut short in the archive is not read; a damaged row is left out and said", async () => {
    const bucket = new MemoryBucket();
    const { store, archive } = open(bucket);
    liveDay(store, 0);
    const nowMs = liveDay(store, 1) + 31 * DAY;
    await archive.storeNext();
    await archive.storeNext();
    store.retain(nowMs);
    const ref = refOf(store, "load");
    expect((await archive.read([ref], 0, Infinity, nowMs))[0]?.timestamps).toHaveLength(576);
    const [first = ""] = [...bucket.blobs.keys()].filter((key) => key.includes("/rows/"));
    bucket.blobs.set(first, (bucket.blobs.get(first) ?? new Uint8Array()).slice(0, 50));
    expect((await archive.read([ref], 0, Infinity, nowMs))[0]?.timestamps).toHaveLength(288);
    expect(archive.problems).toEqual([expect.stringContaining("missing or damaged")]);
    const [label = ""] = [...bucket.blobs.keys()].filter((key) => key.includes("/labels/"));
    bucket.blobs.delete(label);
    expect((await archive.read([ref], 0, Infinity, nowMs))[0]?.timestamps).toHaveLength(288);
  });

  test("late samples of an archived day are kept beside it, and the later write is read", async () => {
    const bucket = new MemoryBucket();
    const { store, archive } = open(bucket);
    const nowMs = liveDay(store, 0);
    await archive.storeNext();
    // Another series' clock is behind: it brings samples of that day now.
    const slow = refOf(store, "slow");
    store.append(slow, START + HOUR, 7, nowMs);
    store.flush(nowMs, () => undefined);
    const later = nowMs + 7 * HOUR;
    while (store.compactor.dueAt(later) <= later) store.compactor.step(later);
    expect((await archive.read([slow], 0, Infinity, later))[0]?.values).toEqual(Float64Array.of(7));
    expect((await archive.read([refOf(store, "load")], 0, Infinity, later))[0]?.timestamps).toHaveLength(288);
    expect(archive.pending).not.toBeNull();
  });

  test("lists of many pages come whole", async () => {
    const archive: Archive = bucketArchive(new MemoryBucket());
    for (let i = 0; i < 8; i++) await archive.put(`a/${i}`, Uint8Array.of(i));
    expect(await archive.list("a/")).toHaveLength(8);
    expect(await archive.get("a/5")).toEqual(Uint8Array.of(5));
    expect(await archive.get("b")).toBeNull();
  });
});
