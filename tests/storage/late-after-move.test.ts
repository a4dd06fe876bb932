/** Differences that were on their way while their sender came to another shard. */
import type { SeriesSamples } from "@sightline/shared/model/sample";
import { isStaleAt } from "@sightline/shared/model/sample";
import { expect, test } from "vitest";
import type { ShardMap } from "../../worker/src/objects/rpc.ts";
import { mergeSeries } from "../../worker/src/query/merge-series.ts";
import { bestShard } from "../../worker/src/project/shard-owners.ts";
import type { ShardCore } from "../../worker/src/shard/shard-core.ts";
import { NodeDatabase } from "../support/node-database.ts";
import { idleNeighbours, quietShard } from "../support/quiet-shard.ts";
import { NOON } from "./open-store.ts";
import { CONTEXT, HISTOGRAM, batchOf, gauge } from "./shard-fixture.ts";

const SECOND = 1000;
const JOBS = { __name__: "jobs_total" };
const TOOK = { __name__: "took_seconds" };
const counter = { type: "counter", unit: "", help: "" } as const;
const BOTH = ["p/shard-0", "p/shard-1"];
const OLD: ShardMap = { version: 1, shards: BOTH.slice(0, 1), epochs: [{ version: 1, sinceMs: 0, shards: BOTH.slice(0, 1) }], splits: [] };
const NEW: ShardMap = { version: 2, shards: BOTH, epochs: [...OLD.epochs, { version: 2, sinceMs: NOON, shards: BOTH }], splits: [] };

/** The first shard's before, the second's now. */
const SENDER = Array.from({ length: 50 }, (_, n) => `s${n}`).find((name) => bestShard(BOTH, name) === "p/shard-1") ?? "";

async function open(self: string, map: ShardMap, database = new NodeDatabase()): Promise<ShardCore> {
  const config = { version: map.version, groups: [], slos: [], map };
  const neighbours = idleNeighbours({ self, askConfig: () => Promise.resolve(config) });
  const core = quietShard({ database, now: () => NOON + 60 * SECOND, abandon: () => undefined, neighbours });
  await core.configure(config);
  return core;
}

/** Ten jobs, and a histogram of two, in the interval that ends so many seconds after noon. */
async function add(core: ShardCore, map: ShardMap, seconds: number): Promise<void> {
  const t = NOON + seconds * SECOND;
  const jobs = gauge(JOBS, [[t, 10]], { temporality: "delta", metadata: counter });
  const took = gauge(TOOK, [[t, 0]], { temporality: "delta", metadata: { ...counter, type: "histogram" }, histograms: [HISTOGRAM] });
  const answer = await core.appendBatch({ ...CONTEXT, sender: SENDER, mapVersion: map.version }, batchOf(jobs, took), "by_time");
  expect(answer).toMatchObject({ ok: true, value: { accepted: 2, rejected: [] } });
}

function read(core: ShardCore, labels: Readonly<Record<string, string>>): SeriesSamples | undefined {
  const ref = core.store.index.find(labels);
  return ref === undefined ? undefined : core.store.read([ref], 0, NOON + 3_600_000, NOON)[0];
}

/** What increase() adds up over what both shards have, from nothing. */
function counted(cores: readonly ShardCore[], labels: Readonly<Record<string, string>>): number {
  const parts = cores.map((core) => [read(core, labels)].flatMap((one) => (one === undefined ? [] : [{ ...one, labels }])));
  const [series] = mergeSeries(parts);
  let before = 0;
  let sum = 0;
  for (let i = 0; i < (series?.timestamps.length ?? 0); i++) {
    expect(series?.histograms?.[i] === undefined && isStaleAt(series?.values ?? new Float64Array(0), i)).toBe(false);
    const value = series?.histograms?.[i]?.count ?? series?.values[i] ?? Number.NaN;
    sum += value < before ? value : value - before;
    before = value;
  }
  return sum;
}

test("late points that come to the new shard after newer ones count once, and leave the totals of the old one as they are", async () => {
  const seconds = [15, -22, -40, 30];
  const before = await open("p/shard-0", OLD);
  for (let at = -120; at <= 0; at += 15) await add(before, OLD, at);
  const database = new NodeDatabase();
  let after = await open("p/shard-1", NEW, database);
  for (const at of seconds) {
    for (let sent = 0; sent < 2; sent++) await add(after, NEW, at);
    after = await open("p/shard-1", NEW, database);
  }
  after.flush(NOON + 60 * SECOND);
  for (const at of seconds) await add(after, NEW, at);
  expect(counted([before, after], JOBS)).toBe(10 * (9 + 4));
  expect(counted([before, after], TOOK)).toBe(HISTOGRAM.count * (9 + 4));
});
