import { deflateRawSync, inflateRawSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { decodeBatch } from "@sightline/shared/protocol/batch";
import type { PeerShard } from "../../worker/src/query/across-shards.ts";
import { ArchivedReads } from "../../worker/src/query/archived-reads.ts";
import { awayDays } from "../../worker/src/query/away-samples.ts";
import { exportPage } from "../../worker/src/query/export-pages.ts";
import { queryAmong } from "../../worker/src/query/query-among.ts";
import { encodeColumns } from "../../worker/src/query/shard-columns.ts";
import { bucketArchive } from "../../worker/src/storage/archive.ts";
import { RunArchive } from "../../worker/src/storage/run-archive.ts";
import { SnapshotStore } from "../../worker/src/storage/snapshot-store.ts";
import { NodeDatabase } from "../support/node-database.ts";
import { fillDays, START } from "./archived-days.ts";
import { MemoryBucket } from "./memory-bucket.ts";
import { DAY, MINUTE, NOON, openStore, refOf, samplesOf } from "./open-store.ts";
import { type Fixture, openShard } from "./shard-fixture.ts";

const nothing = () => undefined;

/** As where the pages of both tables were torn: what SQLite can read of them is no row. */
function loseBoth(database: NodeDatabase): void {
  database.run("DELETE FROM series");
  database.run("DELETE FROM series_copies");
}

describe("a shard whose definitions are gone with both of their tables", () => {
  /** Ten samples each of 20 series. */
  const packed = (): NodeDatabase => {
    const database = new NodeDatabase();
    const store = openStore(database);
    for (let i = 0; i < 20; i++) for (let t = 0; t < 10; t++) store.append(refOf(store, "up", { i: String(i) }), NOON + t, i, NOON);
    store.flush(NOON, nothing);
    loseBoth(database);
    return database;
  };
  const TOLD = "series is damaged and set aside: what it held is gone; without it 200 packed samples of 20 series cannot be read";

  test.each(["SELECT 1", "DELETE FROM snapshots WHERE name = 'last'", "UPDATE snapshots SET body = x'00' WHERE name = 'last'"])(
    "gives their numbers to no other series, and tells once what cannot be read: %s",
    (further) => {
      const database = packed();
      database.run(further);
      for (let opening = 0; opening < 2; opening++) {
        const again = openStore(database);
        expect(again.index.end).toBe(20);
        expect(again.quarantine.problems()).toEqual([TOLD]);
      }
      const store = openStore(database);
      const ref = refOf(store, "other");
      store.append(ref, NOON + 5, 7, NOON);
      store.flush(NOON, nothing);
      const later = openStore(database);
      expect(samplesOf(later, "other")).toEqual([[NOON + 5, 7]]);
      expect(later.quarantine.problems()).toEqual([TOLD]);
    },
  );

  test("answers of times before that warn that samples may be missing, wherever they are gathered, and later ones do not", async () => {
    const database = packed();
    const shard = openShard(database, { now: NOON + MINUTE });
    const other = openShard(new NodeDatabase(), { now: NOON + MINUTE });
    const columns: PeerShard["columns"] = (requests) => encodeColumns(shard.core.reads, requests, () => Promise.resolve());
    const peers = [{ name: "shard-1", before: false, columns }];
    const among = { peers, wait: () => new Promise<void>(() => undefined) };
    const answered = async (of: Fixture, at: number, gathered?: typeof among): Promise<unknown> => {
      const answer = await queryAmong(of.core.reads, gathered, { query: "up", startMs: at, endMs: at, stepMs: 0 }, () => Promise.resolve());
      if (!answer.ok) throw new Error(answer.error.message);
      const { infos, warnings } = JSON.parse(new TextDecoder().decode(answer.value)) as { infos?: unknown; warnings?: unknown };
      return { infos, warnings };
    };
    const warned = { warnings: [expect.stringContaining("samples may be missing: definitions of series were damaged")] };
    expect(await answered(shard, NOON + 10)).toEqual(warned);
    expect(await answered(other, NOON + 10, among)).toEqual(warned);
    expect(await answered(openShard(database, { now: NOON + DAY }), NOON + 10)).toEqual(warned);
    expect(await answered(shard, NOON + 7 * MINUTE)).toEqual({});
    expect(await answered(other, NOON + 10)).toEqual({});
  });

  test("in part: what is left of them is read, and the rest counted", () => {
    const database = new NodeDatabase();
    const store = openStore(database);
    for (const metric of ["first", "second"]) {
      store.append(refOf(store, metric), NOON, 1, NOON);
      store.flush(NOON, nothing);
    }
    for (const table of ["series", "series_copies"]) database.run(`DELETE FROM ${table} WHERE id = 2`);
    const again = openStore(database);
    expect(refOf(again, "second")).toBe(2);
    expect(samplesOf(again, "first")).toEqual([[NOON, 1]]);
    expect(again.quarantine.problems()).toEqual([expect.stringContaining("without it 1 packed samples of 1 series cannot be read")]);
  });

  test.each([["first"], ["second"], ["third"]])("from the middle, too, is told once, whichever row it was: %s", (metric) => {
    const database = new NodeDatabase();
    const store = openStore(database);
    const metrics = ["first", "second", "third"];
    for (const each of metrics) {
      for (let t = 0; t < 10; t++) store.append(refOf(store, each), NOON + t, t, NOON);
      store.flush(NOON, nothing);
      // So that each is a row by itself, not one of few.
      expect(database.all("SELECT id FROM series")).toHaveLength(metrics.indexOf(each) + 1);
    }
    for (const table of ["series", "series_copies"]) database.run(`DELETE FROM ${table} WHERE id = ?`, metrics.indexOf(metric) + 1);
    const TOLD_PART = ["series is damaged and set aside: what it held is gone; without it 10 packed samples of 1 series cannot be read"];
    for (let opening = 0; opening < 2; opening++) expect(openStore(database).quarantine.problems()).toEqual(TOLD_PART);
    const again = openStore(database);
    for (const each of metrics) expect(samplesOf(again, each)).toHaveLength(each === metric ? 0 : 10);
    again.append(refOf(again, metric), NOON + 20, 7, NOON);
    for (let cut = 0; cut < 3; cut++) {
      again.append(refOf(again, `later${cut}`), NOON + 20, 7, NOON);
      again.flush(NOON, nothing);
    }
    const later = openStore(database);
    expect(samplesOf(later, metric)).toEqual([[NOON + 20, 7]]);
    expect(later.quarantine.problems()).toEqual(TOLD_PART);
  });

  test("tails of a build that did not list the rows are read as they were, and miss none", () => {
    const database = new NodeDatabase();
    const store = openStore(database);
    store.append(refOf(store, "old"), NOON, 1, NOON);
    store.flush(NOON, nothing);
    const snapshots = new SnapshotStore(database);
    const { bytes } = snapshots.read("last") ?? { bytes: new Uint8Array() };
    const tails = inflateRawSync(bytes);
    // A list of one row.
    expect([...tails.subarray(-2)]).toEqual([1, 1]);
    snapshots.write("last", deflateRawSync(tails.subarray(0, -2)));
    const again = openStore(database);
    expect(samplesOf(again, "old")).toEqual([[NOON, 1]]);
    expect(again.firsts.of(0)).toBe(NOON);
    expect([...again.problems, ...again.quarantine.problems()]).toEqual([]);
  });

  test("has lost nothing where none of their samples is left, and gives the numbers to nobody all the same", () => {
    const database = new NodeDatabase();
    const store = openStore(database);
    store.append(refOf(store, "old"), NOON, 1, NOON);
    store.flush(NOON, nothing);
    store.runs.drop(store.runs.runs.map(({ id }) => id));
    loseBoth(database);
    const again = openStore(database);
    expect(again.index.end).toBe(1);
    expect(again.quarantine.problems()).toEqual([]);
  });

  test("keeps what the log defines since the last cut", () => {
    const database = new NodeDatabase();
    const store = openStore(database);
    store.append(refOf(store, "old"), NOON, 1, NOON);
    store.flush(NOON, nothing);
    store.append(refOf(store, "new"), NOON + 1, 2, NOON);
    store.commit(NOON, nothing);
    loseBoth(database);
    openStore(database).flush(NOON, nothing);
    const again = openStore(database);
    expect(samplesOf(again, "new")).toEqual([[NOON + 1, 2]]);
    expect(again.quarantine.problems()).toHaveLength(1);
  });
});

describe("with an archive", () => {
  const RETENTION = { retentionMs: 2 * DAY };

  const bind = (shard: Fixture, database: NodeDatabase, bucket: MemoryBucket): RunArchive =>
    new RunArchive(bucketArchive(bucket), "default/shard-0", database, shard.core.store);

  /** Four days, of which only the archive has the first; then without definitions, or (`partly`) without those of a series that came later. */
  async function filled(partly = false) {
    const database = new NodeDatabase();
    const bucket = new MemoryBucket();
    const before = openShard(database, { now: START, bounds: RETENTION });
    const archive = bind(before, database, bucket);
    fillDays(before, 0, 3);
    if (partly) before.core.store.append(refOf(before.core.store, "later"), START + 3 * DAY + MINUTE, 1, before.now);
    fillDays(before, 3, 1);
    while (archive.pending !== null) await archive.storeNext();
    before.core.store.retain(before.now);
    expect(archive.catalog.runs).toHaveLength(2);
    const truth = await exported(before, archive);
    if (partly) for (const table of ["series", "series_copies"]) database.run(`DELETE FROM ${table} WHERE id > 1`);
    else loseBoth(database);
    return { database, bucket, truth, now: before.now };
  }

  async function exported(shard: Fixture, archive: RunArchive): Promise<ReadonlyMap<string, ReadonlyMap<number, number>>> {
    const all = new Map<string, Map<number, number>>();
    let cursor = null;
    do {
      const query = { matchers: ['{__name__!=""}'], startMs: 0, endMs: shard.now, limit: 0 };
      const page = await exportPage(shard.core.reads, archive, query, cursor, 500);
      if (!page.ok) throw new Error(page.error.message);
      const batch = decodeBatch(new Uint8Array(page.value.batch));
      for (const { labels, timestamps, values } of batch.ok ? batch.value.series : []) {
        const key = JSON.stringify(labels);
        const one = all.get(key) ?? new Map<number, number>();
        for (const [at, t] of timestamps.entries()) one.set(t, values[at] as number);
        all.set(key, one);
      }
      cursor = page.value.next;
    } while (cursor !== null);
    return all;
  }

  const DAMAGES = ["SELECT 1", "DELETE FROM snapshots WHERE name = 'archived'", "DELETE FROM snapshots WHERE name = 'last'"];

  test.each(DAMAGES)("its days are read by the definitions there, those that the object has as well among them: %s", async (further) => {
    const { database, bucket, truth, now } = await filled();
    database.run(further);
    const after = openShard(database, { now, bounds: RETENTION });
    expect(await exported(after, bind(after, database, bucket))).toEqual(truth);
    expect(after.core.store.quarantine.problems()[0]).toContain("cannot be read, but for those of");
  });

  test("where some are gone the others are read as before, by rules as well", async () => {
    const { database, bucket, truth, now } = await filled(true);
    const after = openShard(database, { now, bounds: RETENTION });
    expect(after.core.store.index.size).toBe(2);
    const archive = bind(after, database, bucket);
    expect(await exported(after, archive)).toEqual(truth);
    expect(awayDays(after.core.store, { startMs: START, endMs: now })).toEqual([START / DAY, START / DAY + 1]);
  });

  test.each(DAMAGES)("series that come again go on where they were, and others get nothing of theirs: %s", async (further) => {
    const { database, bucket, truth, now } = await filled();
    database.run(further);
    const after = openShard(database, { now, bounds: RETENTION });
    const { store } = after.core;
    for (const [at, host] of ["c", "b"].entries()) store.append(refOf(store, "load", { host }), now + at, at, now);
    store.flush(now, nothing);
    after.now += MINUTE;
    const archive = bind(after, database, bucket);
    const found = await exported(after, archive);
    const b = truth.get('{"__name__":"load","host":"b"}') ?? new Map<number, number>();
    const expected = new Map(truth);
    expected.set('{"__name__":"load","host":"b"}', new Map([...b, [now + 1, 1]]));
    expected.set('{"__name__":"load","host":"c"}', new Map([[now, 0]]));
    expect(found).toEqual(expected);

    // By the hour, too, across all of it: what is left of aggregates stands for nothing.
    const reads = new ArchivedReads(after.core.reads, archive);
    const request = { matchers: [], startMs: START, endMs: now + MINUTE, maxResolutionMs: 60 * MINUTE, coarserWhenGone: true } as const;
    const whole = await reads.selectAll([{ ...request, matchers: [{ name: "host", op: "=", value: "b" }] }]);
    expect(whole.series[0]?.[0]?.timestamps).toHaveLength(b.size + 1);

    // They leave the object, and are not listed twice.
    const listed = archive.catalog.runs.length;
    after.now += 10 * DAY;
    store.retain(after.now);
    expect(archive.catalog.runs).toHaveLength(listed);
    expect((await exported(after, archive)).get('{"__name__":"load","host":"a"}')).toEqual(truth.get('{"__name__":"load","host":"a"}'));
  });
});
