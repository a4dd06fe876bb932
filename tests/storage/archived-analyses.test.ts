/** Trends, comparisons and correlations read what lies in an archive as queries do. */
import type { Analyses, AnalysisKind } from "@sightline/shared/api/analyses";
import { beforeEach, expect, test } from "vitest";
import { analyzeAmong } from "../../worker/src/query/analyses.ts";
import { ArchivedReads } from "../../worker/src/query/archived-reads.ts";
import { UnboundReads } from "../../worker/src/query/unbound-reads.ts";
import { bucketArchive } from "../../worker/src/storage/archive.ts";
import { RunArchive } from "../../worker/src/storage/run-archive.ts";
import { NodeDatabase } from "../support/node-database.ts";
import { MemoryBucket } from "./memory-bucket.ts";
import { DAY, MINUTE, NOON, refOf } from "./open-store.ts";
import { type Fixture, openShard } from "./shard-fixture.ts";

const HOUR = 60 * MINUTE;
const START = NOON - (NOON % DAY);
const DAYS = 4;

let shard: Fixture;
let bucket: MemoryBucket;
let reads: ArchivedReads;

/** Four days that only the archive has raw samples of, one every five minutes; the object has the hours' aggregates. */
beforeEach(async () => {
  const database = new NodeDatabase();
  shard = openShard(database, { now: START });
  bucket = new MemoryBucket();
  const { store } = shard.core;
  const archive = new RunArchive(bucketArchive(bucket), "default/shard-0", database, store);
  reads = new ArchivedReads(shard.core.reads, archive);
  for (let i = 1; i <= DAYS * 288; i++) {
    const t = START + i * 5 * MINUTE;
    const wave = 50 * Math.sin((i * Math.PI) / 9) + ((i * 7919) % 11);
    store.append(refOf(store, "load", { host: "a" }), t, 200 + i / 4 + wave, t);
    store.append(refOf(store, "heat", { host: "a" }), t, 20 + wave / 10, t);
    if (i % 144 === 0) store.flush(t, () => undefined);
  }
  shard.now = START + DAYS * DAY + 4 * HOUR;
  while (store.compactor.dueAt(shard.now) <= shard.now) store.compactor.step(shard.now);
  while (archive.pending !== null) await archive.storeNext();
  shard.now += 40 * DAY;
  store.retain(shard.now);
});

const analyze = async <Kind extends AnalysisKind>(kind: Kind, question: Analyses[Kind]["question"], source = reads) => {
  const answer = await analyzeAmong(source, undefined, kind, question, () => Promise.resolve());
  if (!answer.ok) throw new Error(answer.error.message);
  return answer.value;
};

const SIX_HOURS = { startMs: START + 2 * DAY, endMs: START + 2 * DAY + 6 * HOUR };

test("a trend is that of the samples, not of the hours that are left of them", async () => {
  const { step, series, warnings } = await analyze("trend", { query: "load", ...SIX_HOURS });
  expect({ step, warnings }).toEqual({ step: 5 * MINUTE });
  expect(series).toMatchObject([{ points: 73, baselines: [{ baseline: "day before" }] }]);
});

test("a comparison and a correlation read the samples of both sides", async () => {
  const [before, after] = [DAY, 2 * DAY].map((day) => ({ start: START + day, end: START + day + 6 * HOUR })) as [
    { start: number; end: number },
    { start: number; end: number },
  ];
  const compared = await analyze("compare", { query: "load", before, after });
  expect(compared).toMatchObject({ step: 5 * MINUTE, series: [{ before: { count: 73 }, after: { count: 73 } }] });
  const { step, pairs } = await analyze("correlate", { query: "load", with: "heat", ...SIX_HOURS });
  expect({ step, pairs }).toMatchObject({ step: 5 * MINUTE, pairs: [{ lagMs: 0, points: 72 }] });
});

test("what the archive does not give is said, and aggregates stand for it", async () => {
  bucket.down = true;
  const { series, warnings } = await analyze("trend", { query: "load", ...SIX_HOURS });
  expect(warnings).toEqual(["the archive could not be read (the bucket does not answer): aggregates stand for the days that it has"]);
  expect(series).toHaveLength(1);
});

test("while no archive is bound an analysis of single samples says what it was made without", async () => {
  const unbound = new UnboundReads(shard.core.reads, shard.core.store.retention.catalog);
  const answer = await analyzeAmong(unbound, undefined, "trend", { query: "changes(load[1h])", ...SIX_HOURS }, () => Promise.resolve());
  expect(answer).toMatchObject({ value: { warnings: [expect.stringMatching(/^samples are missing: 4 days .* none is bound/) as string] } });
});

test("what the object has is read there alone", async () => {
  await analyze("trend", { query: "load", startMs: shard.now - HOUR, endMs: shard.now });
  bucket.gets = 0;
  const { store } = shard.core;
  for (let i = 0; i < 60; i++) store.append(refOf(store, "load", { host: "a" }), shard.now - (60 - i) * MINUTE, (i * 7919) % 11, shard.now);
  const { series } = await analyze("trend", { query: "load", startMs: shard.now - HOUR, endMs: shard.now });
  expect(series).toMatchObject([{ points: 60 }]);
  expect(bucket.gets).toBe(0);
});
