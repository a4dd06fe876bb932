import { describe, expect, it } from "vitest";
import { decodeBatch } from "@sightline/shared/protocol/batch";
import type { Result } from "@sightline/shared/model/result";
import type { ExportCursor, ExportPage } from "../../worker/src/objects/rpc.ts";
import { exportPage } from "../../worker/src/query/export-pages.ts";
import { statsAmong } from "../../worker/src/query/stats-among.ts";
import { bucketArchive } from "../../worker/src/storage/archive.ts";
import { RunArchive } from "../../worker/src/storage/run-archive.ts";
import { DAY, MINUTE, NOON, refOf } from "../storage/open-store.ts";
import { MemoryBucket } from "../storage/memory-bucket.ts";
import { openShard } from "../storage/shard-fixture.ts";
import { NodeDatabase } from "../support/node-database.ts";

const START = NOON - (NOON % DAY);
const QUERY = { matchers: ["load"], startMs: 0, endMs: Number.MAX_SAFE_INTEGER, limit: 0 };

function shardWithArchive() {
  const database = new NodeDatabase();
  const fixture = openShard(database, { now: START });
  const { store, reads } = fixture.core;
  const bucket = new MemoryBucket();
  const openArchive = (): RunArchive => new RunArchive(bucketArchive(bucket), "default/shard-0", database, store);
  return { fixture, store, reads, bucket, openArchive, archive: openArchive(), ref: refOf(store, "load") };
}

describe("an export of a shard with an archive", () => {
  it("has days older than the retention that may not leave yet", async () => {
    const { fixture, store, reads, archive, ref } = shardWithArchive();
    for (let i = 1; i <= 288; i++) store.append(ref, START + i * 5 * MINUTE, i, START + i * 5 * MINUTE);
    store.flush(START + DAY, () => undefined);
    fixture.now = START + 45 * DAY;
    while (store.compactor.dueAt(fixture.now) <= fixture.now) store.compactor.step(fixture.now);
    expect(archive.pending).not.toBeNull();
    store.retain(fixture.now);
    const page = await exportPage(reads, archive, QUERY, null);
    const batch = page.ok ? decodeBatch(new Uint8Array(page.value.batch)) : page;
    expect(batch.ok && batch.value.series.map(({ timestamps }) => timestamps.length)).toEqual([288]);
  });

  it("of the last minutes needs no archive", async () => {
    const { fixture, store, reads, bucket, archive, ref } = shardWithArchive();
    for (let i = 1; i <= 300; i++) store.append(ref, START + i * 5 * MINUTE, i, START + i * 5 * MINUTE);
    fixture.now = START + 300 * 5 * MINUTE;
    store.flush(fixture.now, () => undefined);
    bucket.down = true;
    const page = await exportPage(reads, archive, { ...QUERY, startMs: fixture.now - 9 * MINUTE }, null);
    const batch = page.ok ? decodeBatch(new Uint8Array(page.value.batch)) : page;
    expect(batch.ok && batch.value.series.map(({ values }) => [...values])).toEqual([[299, 300]]);
    const whole = await exportPage(reads, archive, QUERY, null);
    expect(whole.ok ? "" : whole.error.code).toBe("unavailable");
  });

  it("has the days that only the archive has, and is refused when it cannot be reached", async () => {
    const { fixture, store, reads, bucket, archive, openArchive, ref } = shardWithArchive();
    const written: number[] = [];
    for (let day = 0; day < 4; day++) {
      for (let i = 1; i <= 288; i++) {
        const t = START + day * DAY + i * 5 * MINUTE;
        store.append(ref, t, i, t);
        written.push(t);
        if (i % 144 === 0) store.flush(t, () => undefined);
      }
      fixture.now = START + (day + 1) * DAY + 240 * MINUTE;
      while (store.compactor.dueAt(fixture.now) <= fixture.now) store.compactor.step(fixture.now);
    }
    while (archive.pending !== null) await archive.storeNext();
    fixture.now += 40 * DAY;
    store.retain(fixture.now);
    expect(store.read([ref], 0, Infinity, fixture.now)).toEqual([]);
    const unbound = await exportPage(reads, null, QUERY, null);
    expect(unbound).toMatchObject({ ok: false, error: { code: "archive_unbound", message: expect.stringContaining("4 days") as string } });
    expect(await statsAmong(reads, null, undefined, "load", 60 * DAY, fixture.now)).toMatchObject({ error: { code: "archive_unbound" } });
    expect(await exportPage(reads, null, { ...QUERY, startMs: fixture.now - DAY }, null)).toMatchObject({ ok: true });

    const times: number[] = [];
    let cursor: ExportCursor | null = null;
    do {
      const page: Result<ExportPage> = await exportPage(reads, archive, QUERY, cursor, 100);
      if (!page.ok) throw new Error(page.error.message);
      const batch = decodeBatch(new Uint8Array(page.value.batch));
      if (!batch.ok) throw new Error(batch.error.message);
      for (const { timestamps } of batch.value.series) times.push(...timestamps);
      cursor = page.value.next;
    } while (cursor !== null);
    expect(times).toEqual(written);

    // When its aggregates have left, too, the object knows nothing of the series.
    fixture.now += 1900 * DAY;
    expect(store.retain(fixture.now)).toEqual([ref]);
    const forgotten: number[] = [];
    let pages = 0;
    cursor = null;
    do {
      const page: Result<ExportPage> = await exportPage(reads, archive, QUERY, cursor, 300);
      if (!page.ok) throw new Error(page.error.message);
      const batch = decodeBatch(new Uint8Array(page.value.batch));
      if (!batch.ok) throw new Error(batch.error.message);
      for (const { labels, timestamps } of batch.value.series) {
        expect(labels).toEqual({ __name__: "load" });
        forgotten.push(...timestamps);
      }
      cursor = page.value.next;
      pages++;
    } while (cursor !== null);
    expect(forgotten).toEqual(written);
    expect(pages).toBe(2);

    const [lost = ""] = [...bucket.blobs.keys()]
      .filter((key) => key.includes("/rows/"))
      .sort()
      .slice(-1);
    bucket.blobs.delete(lost);
    const partial = openArchive();
    const broken = await exportPage(reads, partial, QUERY, null);
    expect(broken.ok ? "" : broken.error).toMatchObject({ code: "archive_damaged", message: expect.stringContaining(lost) });

    bucket.down = true;
    // Another one: what this one has opened needs no bucket.
    const cold = openArchive();
    const refused = await exportPage(reads, cold, { ...QUERY, limit: 9 }, null);
    expect(refused.ok ? "" : refused.error).toMatchObject({ code: "unavailable", message: expect.stringContaining("does not answer") });
  });
});
