import { beforeEach, describe, expect, test } from "vitest";
import { ArchivedReads } from "../../worker/src/query/archived-reads.ts";
import type { PeerShard } from "../../worker/src/query/across-shards.ts";
import { UnboundReads } from "../../worker/src/query/unbound-reads.ts";
import { backtestAmong } from "../../worker/src/query/backtests.ts";
import { queryAmong } from "../../worker/src/query/query-among.ts";
import { encodeColumns } from "../../worker/src/query/shard-columns.ts";
import { exportPage } from "../../worker/src/query/export-pages.ts";
import { statsAmong } from "../../worker/src/query/stats-among.ts";
import { bucketArchive } from "../../worker/src/storage/archive.ts";
import { encodeSamples } from "../../worker/src/query/encode-samples.ts";
import { decodeBatch } from "@sightline/shared/protocol/batch";
import { RunArchive } from "../../worker/src/storage/run-archive.ts";
import { NodeDatabase } from "../support/node-database.ts";
import { alertRule } from "../support/alert-rule.ts";
import { MemoryBucket } from "./memory-bucket.ts";
import { fillDays, HOUR, outliveSamples, START } from "./archived-days.ts";
import { DAY, MINUTE, refOf } from "./open-store.ts";
import { type Fixture, openShard } from "./shard-fixture.ts";

const DAYS = 4;

let shard: Fixture;
let database: NodeDatabase;
let bucket: MemoryBucket;
let archive: RunArchive;
let reads: ArchivedReads;

const fill = (firstDay: number, days: number): void => fillDays(shard, firstDay, days);
const outlive = (): void => outliveSamples(shard);

/** The same days in a shard that has no room for any but the newest. */
async function crowdedShard(): Promise<void> {
  database = new NodeDatabase();
  shard = openShard(database, { now: START, bounds: { maxBytes: 1 } });
  archive = new RunArchive(bucketArchive(new MemoryBucket()), "default/shard-0", database, shard.core.store);
  reads = new ArchivedReads(shard.core.reads, archive);
  fill(0, DAYS);
  while (archive.pending !== null) await archive.storeNext();
  shard.core.store.retain(shard.now);
}

/** Four days, archived and gone from the object; the hour's aggregates are there. */
beforeEach(async () => {
  database = new NodeDatabase();
  shard = openShard(database, { now: START });
  bucket = new MemoryBucket();
  archive = new RunArchive(bucketArchive(bucket), "default/shard-0", database, shard.core.store);
  reads = new ArchivedReads(shard.core.reads, archive);
  fill(0, DAYS);
  while (archive.pending !== null) await archive.storeNext();
  outlive();
  bucket.gets = 0;
});

interface Answer {
  readonly data: { readonly result: readonly { readonly metric: Record<string, string>; readonly values: readonly [number, string][] }[] };
  readonly infos?: readonly string[];
  readonly warnings?: readonly string[];
}

async function range(query: string, startMs: number, endMs: number, stepMs: number, rawOnly = false) {
  const answer = await queryAmong(reads, undefined, { query, startMs, endMs, stepMs, rawOnly }, () => Promise.resolve());
  return answer.ok ? (JSON.parse(new TextDecoder().decode(answer.value)) as Answer) : answer.error;
}

const values = (answer: Awaited<ReturnType<typeof range>>): number[][] =>
  "data" in answer ? answer.data.result.map((series) => series.values.map(([, value]) => Number(value))) : [];

describe("a query over days that only the archive has", () => {
  test("reads their raw samples, and says so", async () => {
    const answer = await range('load{host="a"}', START + DAY + HOUR, START + DAY + 2 * HOUR, 5 * MINUTE, true);
    expect(values(answer)).toEqual([Array.from({ length: 13 }, (_, i) => 1012 + i)]);
    expect(answer).toMatchObject({ infos: [expect.stringContaining("1 rows of raw samples were read from the archive")] });
    const changes = await range("changes(load[1h])", START + 2 * DAY, START + 2 * DAY, 0);
    expect(changes).toMatchObject({ data: { result: [{ value: [expect.any(Number), "11"] }, {}] } });
  });

  test("reads the object's aggregates where these will do", async () => {
    const answer = await range("avg_over_time(load[1h])", START + HOUR, START + DAYS * DAY, 6 * HOUR);
    expect(values(answer)[0]).toHaveLength(16);
    expect(bucket.gets).toBe(0);
  });

  test("goes on reading them there when a sample came to a day of which neither samples nor aggregates are left here", async () => {
    await crowdedShard();
    const { store } = shard.core;
    const day = Math.floor(START / DAY) + 1;
    const hourly = async () => values(await range('count_over_time(load{host="a"}[1h])', START + DAY + HOUR, START + DAY + 4 * HOUR, HOUR));
    expect(await hourly()).toEqual([[12, 12, 12, 12]]);
    store.append(refOf(store, "load", { host: "late" }), START + DAY + 90 * MINUTE, 5, shard.now);
    store.flush(shard.now, () => undefined);
    shard.now += 7 * HOUR;
    while (store.compactor.dueAt(shard.now) <= shard.now) store.compactor.step(shard.now);
    expect(store.runs.runs.filter((run) => run.day === day)).toMatchObject([{ resolutionMs: 0, level: 2, samples: 1, partial: true }]);
    expect(await hourly()).toEqual([[12, 12, 12, 12]]);
    // Archived in its turn, it does not take the place of the day.
    while (archive.pending !== null) await archive.storeNext();
    store.retain(shard.now);
    expect(store.runs.runs.filter((run) => run.day === day)).toEqual([]);
    expect(await hourly()).toEqual([[12, 12, 12, 12]]);
    expect(values(await range("count_over_time(load[1d])", START + 2 * DAY, START + 2 * DAY + HOUR, HOUR))).toEqual([
      [288, 288],
      [288, 288],
      [1, 1],
    ]);
  });

  test("reads nothing of the archive for days that the object has", async () => {
    const { store } = shard.core;
    store.append(refOf(store, "load", { host: "a" }), shard.now - MINUTE, 5, shard.now);
    expect(values(await range("load", shard.now - HOUR, shard.now, MINUTE))).toEqual([[5, 5]]);
    expect(bucket.gets).toBe(0);
  });

  test("takes aggregates when it would be too much, and is refused when it takes none", async () => {
    Object.assign(reads, { profile: { ...reads.profile, archiveReads: { rows: 2, bytes: Infinity } } });
    const aggregated = await range("avg_over_time(load[10m])", START + HOUR, START + DAYS * DAY, HOUR);
    expect(aggregated).toMatchObject({
      infos: expect.arrayContaining([expect.stringContaining("aggregates were read in place of raw samples")]),
    });
    expect(values(aggregated)[0]?.length).toBeGreaterThan(80);
    expect(await range("load", START, START + DAYS * DAY, HOUR, true)).toMatchObject({
      code: "limit",
      message: expect.stringContaining("rows"),
    });
  });

  test("warns of an archive that does not answer and takes aggregates, or is refused as unavailable", async () => {
    bucket.down = true;
    const aggregated = await range("avg_over_time(load[10m])", START + HOUR, START + DAYS * DAY, HOUR);
    expect(aggregated).toMatchObject({ warnings: [expect.stringContaining("does not answer")] });
    expect(await range("load", START, START + DAYS * DAY, HOUR, true)).toMatchObject({ code: "unavailable" });
    bucket.down = false;
    expect(values(await range("load", START + HOUR, START + DAYS * DAY, HOUR, true))[0]).toHaveLength(96);
  });

  test("warns of what is missing or damaged in the archive, names it, and takes aggregates of these days", async () => {
    const rows = [...bucket.blobs.keys()].filter((key) => key.includes("/rows/"));
    expect(rows).toHaveLength(DAYS);
    const [flipped = "", gone = ""] = rows;
    bucket.blobs.set(flipped, (bucket.blobs.get(flipped) ?? new Uint8Array()).slice(0, 30));
    bucket.blobs.delete(gone);
    const raw = await range("load", START + HOUR, START + DAYS * DAY, HOUR, true);
    expect(values(raw)[0]).toHaveLength(48);
    const warning = `2 files of the archive are missing or damaged (${flipped}, ${gone})`;
    expect(raw).toMatchObject({ warnings: [expect.stringContaining(warning)] });
    const aggregated = await range("sum by (host) (count_over_time(load[30m]))", START + HOUR, START + DAYS * DAY, HOUR);
    expect(aggregated).toMatchObject({ warnings: [expect.stringContaining(warning)] });
    expect(values(aggregated)[0]).toHaveLength(96);
    const query = { matchers: ["load"], startMs: START, endMs: START + DAY, limit: 0 };
    const encoded = await encodeSamples(shard.core.reads, reads, query);
    expect(encoded.ok ? "" : encoded.error).toMatchObject({ code: "archive_damaged", message: expect.stringContaining(flipped) });
  });

  test("warns of what is another's: a sound file in the wrong place is not taken for the one that belongs there", async () => {
    const [first = "", second = "", third = ""] = [...bucket.blobs.keys()].filter((key) => key.includes("/rows/"));
    bucket.blobs.set(first, bucket.blobs.get(third) ?? new Uint8Array());
    const raw = await range("load", START + HOUR, START + DAYS * DAY, HOUR, true);
    expect(values(raw)[0]).toHaveLength(72);
    expect(raw).toMatchObject({ warnings: [expect.stringContaining(`1 file of the archive is missing or damaged (${first})`)] });
    // Of labels as well: they tell an object that forgot its days which there are.
    const label = (row: string): string => row.replace("/rows/", "/labels/").replace(/\/\d+$/, "");
    bucket.blobs.set(label(second), bucket.blobs.get(label(third)) ?? new Uint8Array());
    shard.core.store.retention.catalog.replace([]);
    const anew = new RunArchive(bucketArchive(bucket), "default/shard-0", database, shard.core.store);
    expect(await anew.look()).toEqual([expect.stringContaining(`${label(second)} of the archive is missing or damaged`)]);
  });

  test("says that they are missing while no archive is bound, where no aggregates stand for them", async () => {
    const unbound = new UnboundReads(shard.core.reads, shard.core.store.retention.catalog);
    const ask = async (startMs: number, rawOnly: boolean): Promise<Answer> => {
      const query = { query: "avg_over_time(load[1h])", startMs, endMs: startMs + 12 * HOUR, stepMs: HOUR, rawOnly };
      const answer = await queryAmong(unbound, undefined, query, () => Promise.resolve());
      return JSON.parse(answer.ok ? new TextDecoder().decode(answer.value) : "{}") as Answer;
    };
    expect((await ask(START + HOUR, true)).warnings).toEqual([expect.stringMatching(/samples are missing: 4 days .* none is bound/)]);
    expect((await ask(shard.now - DAY, true)).warnings).toBeUndefined();
    const aggregated = await ask(START + HOUR, false);
    expect(aggregated.warnings).toBeUndefined();
    expect(aggregated.data.result).toHaveLength(2);
  });

  test("says so of those whose aggregates have left as well, also to who would take these", async () => {
    await crowdedShard();
    const unbound = new UnboundReads(shard.core.reads, shard.core.store.retention.catalog);
    const missing = /samples are missing: \d days .* none is bound/;
    for (const query of ["sum(load)", "avg_over_time(load[1h])", "rate(load[10m])"]) {
      const asked = { query, startMs: START + DAY + HOUR, endMs: START + DAY + 2 * HOUR, stepMs: HOUR };
      const answer = await queryAmong(unbound, undefined, asked, () => Promise.resolve());
      expect(JSON.parse(answer.ok ? new TextDecoder().decode(answer.value) : "{}")).toMatchObject({
        warnings: [expect.stringMatching(missing)],
      });
    }
    const test = { rule: alertRule("Late", "sum(load) > 4"), intervalMs: 5 * MINUTE, startMs: START + DAY, endMs: START + 2 * DAY };
    expect(await backtestAmong(unbound, undefined, test, () => Promise.resolve())).toMatchObject({ error: { code: "archive_unbound" } });
  });

  test("that left before it was bound are said to be missing beside those that it has, whether it is bound, was asked before, or is not", async () => {
    const database = new NodeDatabase();
    shard = openShard(database, { now: START });
    fill(0, 2);
    outlive();
    archive = new RunArchive(bucketArchive(new MemoryBucket()), "default/shard-0", database, shard.core.store);
    reads = new ArchivedReads(shard.core.reads, archive);
    const gone = expect.stringMatching(/samples are missing: of times up to 2026-11-22T00:00Z only aggregates are left/);
    // The first query after a start, which does not know yet what the archive has.
    expect(await range("changes(load[1h])", START + HOUR, START + 2 * DAY, HOUR)).toMatchObject({ infos: [gone] });
    fill(42, 2);
    while (archive.pending !== null) await archive.storeNext();
    outlive();
    const both = await range("changes(load[1h])", START + HOUR, START + 44 * DAY, HOUR);
    expect(values(both).map((of) => of.length)).toEqual([48, 48]);
    expect(both).toMatchObject({ infos: [expect.stringContaining("read from the archive"), gone] });
    expect(await range("changes(load[1h])", START + 42 * DAY + HOUR, START + 43 * DAY, HOUR)).toMatchObject({
      infos: [expect.stringContaining("read from the archive")],
    });
    const unbound = new UnboundReads(shard.core.reads, shard.core.store.retention.catalog);
    const query = { query: "changes(load[1h])", startMs: START + HOUR, endMs: START + 44 * DAY, stepMs: HOUR };
    const answer = await queryAmong(unbound, undefined, query, () => Promise.resolve());
    expect(JSON.parse(answer.ok ? new TextDecoder().decode(answer.value) : "{}")).toMatchObject({
      infos: [gone],
      warnings: [expect.stringMatching(/samples are missing: 2 days .* none is bound/)],
    });
  });

  test("of another shard are gathered with the rest, and what is to be said of them with them", async () => {
    const own = openShard(new NodeDatabase(), { now: shard.now }).core.reads;
    const peer: PeerShard = {
      name: "other",
      before: false,
      columns: (requests) => encodeColumns(reads, requests, () => Promise.resolve()),
    };
    const among = { peers: [peer], wait: () => new Promise<void>(() => undefined) };
    const at = START + DAY + HOUR;
    const query = { query: "sum(load)", startMs: at, endMs: at, stepMs: 0, rawOnly: true };
    const answer = await queryAmong(own, among, query, () => Promise.resolve());
    const text = answer.ok ? new TextDecoder().decode(answer.value) : answer.error.message;
    expect(JSON.parse(text)).toMatchObject({
      data: { result: [{ value: [at / 1000, "2024"] }] },
      infos: [expect.stringContaining("read from the archive")],
    });
  });

  test("finds series of which the object has forgotten everything", async () => {
    const { store } = shard.core;
    // Aggregates leave, too, and with them what is known of the series.
    shard.now = START + 1900 * DAY;
    expect(store.retain(shard.now)).toHaveLength(2);
    expect(store.index.size).toBe(0);
    const answer = await range("sum(load)", START + DAY + HOUR, START + DAY + 2 * HOUR, HOUR, true);
    expect(values(answer)).toEqual([[2 * 1012, 2 * 1024]]);
    const encoded = await encodeSamples(shard.core.reads, reads, {
      matchers: ['load{host="b"}'],
      startMs: START,
      endMs: START + DAY,
      limit: 0,
    });
    const batch = encoded.ok ? decodeBatch(new Uint8Array(encoded.value)) : encoded;
    expect(batch.ok && batch.value.series.map((one) => [one.labels, one.timestamps.length])).toEqual([
      [{ __name__: "load", host: "b" }, 288],
    ]);
  });
});

describe("a day of which the label is damaged, where the list of runs is gone, too", () => {
  const refused = expect.objectContaining({ code: "archive_damaged" });
  const openAgain = (): void => {
    shard = openShard(database, { now: shard.now });
    archive = new RunArchive(bucketArchive(bucket), "default/shard-0", database, shard.core.store);
    reads = new ArchivedReads(shard.core.reads, archive);
  };
  let label: string;
  let sound: Uint8Array;

  const exported = (startMs: number, endMs: number, series = "load") =>
    exportPage(shard.core.reads, archive, { matchers: [series], startMs, endMs, limit: 0 }, null);

  beforeEach(() => {
    [, label = ""] = [...bucket.blobs.keys()].filter((key) => key.includes("/labels/")).sort();
    sound = bucket.blobs.get(label) ?? new Uint8Array();
    bucket.blobs.set(label, new Uint8Array(40));
    database.run("DELETE FROM snapshots WHERE name = 'archived'");
    openAgain();
  });

  test("is named by an export that reaches it, which is refused, and by a query of its samples", async () => {
    const part = await exported(START, START + DAYS * DAY);
    expect(part.ok ? null : part.error).toEqual(refused);
    expect(part.ok ? "" : part.error.message).toMatch(/labels\/\d+\/\d+\), of 20/);
    const answer = await range('load{host="a"}', START + DAY + HOUR, START + DAY + 2 * HOUR, 5 * MINUTE, true);
    expect(answer).toMatchObject({ warnings: [expect.stringContaining("labels/")] });
    const other = await exported(START + 2 * DAY + 1, START + 3 * DAY);
    expect(other.ok && decodeBatch(new Uint8Array(other.value.batch))).toMatchObject({ value: { series: [{}, {}] } });
  });

  test("also where the object knows none of the series that are asked for", async () => {
    const part = await exported(START, START + DAYS * DAY, "forgotten");
    expect(part.ok ? null : part.error).toEqual(refused);
  });

  test("is read again when its label is whole", async () => {
    expect((await exported(START, START + DAYS * DAY)).ok).toBe(false);
    bucket.blobs.set(label, sound);
    openAgain();
    expect((await exported(START, START + DAYS * DAY)).ok).toBe(true);
  });
});

test("a damaged label that a break has left of a day that is whole without it keeps no answer back, and is told", async () => {
  const label = [...bucket.blobs.keys()].find((key) => key.includes("/labels/")) ?? "";
  bucket.blobs.set(label.replace(/\d+$/, "999"), new Uint8Array(40));
  shard = openShard(database, { now: shard.now });
  archive = new RunArchive(bucketArchive(bucket), "default/shard-0", database, shard.core.store);
  reads = new ArchivedReads(shard.core.reads, archive);
  const answer = await range('load{host="a"}', START + HOUR, START + 2 * HOUR, 5 * MINUTE, true);
  expect(answer).toMatchObject({ data: { result: [{}] } });
  expect(answer).not.toHaveProperty("warnings");
  const query = { matchers: ["load"], startMs: START, endMs: START + DAYS * DAY, limit: 0 };
  expect((await exportPage(shard.core.reads, archive, query, null)).ok).toBe(true);
  expect(await archive.look()).toEqual([expect.stringContaining("/999 of the archive is missing or damaged")]);
});

describe("a backtest over days that only the archive has", () => {
  const backtest = (expr: string) => {
    const test = { rule: alertRule("Late", expr), intervalMs: 5 * MINUTE, startMs: START, endMs: START + DAYS * DAY };
    return backtestAmong(reads, undefined, test, () => Promise.resolve());
  };

  test.each(['load{host="a"} == 2100', "sum(load) == 4200", 'count_over_time(load{host="a"}[1h]) * load == 12 * 2100'])(
    "replays them: %s",
    async (expr) => {
      const part = await backtest(expr);
      expect(part.ok && part.value.episodes).toMatchObject([{ firedAt: START + 2 * DAY + 100 * 5 * MINUTE }]);
    },
  );

  test("is refused where one of them is missing", async () => {
    const [gone = ""] = [...bucket.blobs.keys()].filter((key) => key.includes("/rows/"));
    bucket.blobs.delete(gone);
    const part = await backtest('load{host="a"} == 2100');
    expect(part.ok ? "" : part.error).toMatchObject({ code: "archive_damaged", message: expect.stringContaining(gone) });
  });

  test.each(["avg_over_time(load[10m]) > 2100", "changes(load[1h]) > 20"])(
    "is refused as a query is while the archive does not answer: %s",
    async (expr) => {
      bucket.down = true;
      expect(await backtest(expr)).toMatchObject({
        error: { code: "unavailable", message: "the archive could not be read (the bucket does not answer); ask again" },
      });
    },
  );
});

test("while no archive is bound backtests and statistics are refused by that name, also where another shard has none", async () => {
  const unbound = new UnboundReads(shard.core.reads, shard.core.store.retention.catalog);
  const columns: PeerShard["columns"] = (requests) => encodeColumns(unbound, requests, () => Promise.resolve());
  const own = openShard(new NodeDatabase(), { now: shard.now }).core.reads;
  const among = { peers: [{ name: "other", before: false, columns }], wait: () => new Promise<void>(() => undefined) };
  const late = { rule: alertRule("Late", "sum(changes(load[1h])) > 4"), intervalMs: 5 * MINUTE, startMs: START, endMs: START + DAYS * DAY };
  const answers = [
    await backtestAmong(unbound, undefined, late, () => Promise.resolve()),
    await backtestAmong(own, among, late, () => Promise.resolve()),
    await statsAmong(own, null, among, "load", HOUR, START + DAY + HOUR),
  ];
  for (const answer of answers)
    expect(answer).toMatchObject({
      error: { code: "archive_unbound", message: expect.stringMatching(/^4 days .* none is bound/) as string },
    });
});

describe("statistics of days that only the archive has", () => {
  test("come from their raw samples", async () => {
    const stats = await statsAmong(shard.core.reads, reads, undefined, 'load{host="a"}', HOUR, START + DAY + HOUR);
    expect(stats.ok && stats.value).toMatchObject([{ count: 12, min: 1001, max: 1012 }]);
    const [gone = ""] = [...bucket.blobs.keys()].filter((key) => key.includes("/rows/"));
    const row = bucket.blobs.get(gone) ?? new Uint8Array();
    bucket.blobs.delete(gone);
    const partial = await statsAmong(shard.core.reads, reads, undefined, 'load{host="a"}', HOUR, START + HOUR);
    expect(partial.ok ? "" : partial.error).toMatchObject({ code: "archive_damaged", message: expect.stringContaining(gone) });
    bucket.blobs.set(gone, row);
    bucket.down = true;
    const other = new ArchivedReads(
      shard.core.reads,
      new RunArchive(bucketArchive(bucket), "default/shard-0", new NodeDatabase(), shard.core.store),
    );
    const refused = await statsAmong(shard.core.reads, other, undefined, 'load{host="a"}', HOUR, START + DAY + HOUR);
    expect(refused.ok ? "" : refused.error).toMatchObject({ code: "unavailable", message: expect.stringContaining("does not answer") });
  });
});
