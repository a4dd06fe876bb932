import { expect, test } from "vitest";
import type { NativeHistogram } from "@sightline/shared/model/histogram";
import type { SampleBatch } from "@sightline/shared/model/sample";
import { decodeMessage } from "@sightline/shared/protocol/messages";
import type { ShardConfig, ShardMap, SplitEpoch } from "../../worker/src/objects/rpc.ts";
import { bestShard } from "../../worker/src/project/shard-owners.ts";
import { seriesReturn } from "../../worker/src/shard/returning-series.ts";
import type { ShardCore } from "../../worker/src/shard/shard-core.ts";
import { NodeDatabase } from "../support/node-database.ts";
import { idleNeighbours, quietShard } from "../support/quiet-shard.ts";
import { NOON } from "./open-store.ts";
import { batchOf, CONTEXT, gauge, HISTOGRAM, Sender } from "./shard-fixture.ts";

const names = (count: number): string[] => Array.from({ length: count }, (_, n) => `p/shard-${n}`);
const ONE = names(1);
const TWO = names(2);
/** A sender of the first shard that the second takes over when there are two. */
const SENDER = Array.from({ length: 50 }, (_, n) => `s${n}`).find((name) => bestShard(TWO, name) === "p/shard-1") ?? "";

const epochs = [
  { version: 1, sinceMs: 0, shards: ONE },
  { version: 2, sinceMs: 0, shards: TWO },
];
const WHOLE: ShardMap = { version: 1, shards: ONE, epochs: epochs.slice(0, 1), splits: [] };
const GROWN: ShardMap = { version: 2, shards: TWO, epochs, splits: [] };
const SPLIT: SplitEpoch = { version: 3, sinceMs: 0, sender: SENDER, shards: ["p/shard-1", "p/shard-0"] };
const DIVIDED: ShardMap = { ...GROWN, version: 3, splits: [SPLIT] };

const configOf = (map: ShardMap): ShardConfig => ({ version: map.version, groups: [], slos: [], map });
const contextOf = (map: ShardMap) => ({ ...CONTEXT, sender: SENDER, mapVersion: map.version });

function open(self: string, database = new NodeDatabase(), abandon: (error: unknown) => void = () => undefined): ShardCore {
  const neighbours = idleNeighbours({ self, askConfig: () => Promise.resolve(configOf(DIVIDED)) });
  return quietShard({ database, now: () => NOON, abandon, neighbours });
}

const counter = { type: "counter", unit: "", help: "" } as const;
const JOBS = { __name__: "jobs_total" };
const LEVEL = { __name__: "queue_length" };
const TOOK = { __name__: "took_seconds" };

const jobs = (t: number, value: number) => gauge(JOBS, [[t, value]], { temporality: "delta", metadata: counter });
const level = (t: number, value: number) => gauge(LEVEL, [[t, value]], { temporality: "delta" });
const took = (t: number, histogram: NativeHistogram = HISTOGRAM) =>
  gauge(TOOK, [[t, 0]], { temporality: "delta", metadata: { ...counter, type: "histogram" }, histograms: [histogram] });

/** Seconds after noon and value, or count. */
function stored(core: ShardCore, labels: Readonly<Record<string, string>>): (readonly [number, number])[] {
  const ref = core.store.index.find(labels);
  const [series] = ref === undefined ? [] : core.store.read([ref], 0, NOON + 3_600_000, NOON);
  if (series === undefined) return [];
  return Array.from(series.timestamps, (t, i) => [(t - NOON) / 1000, series.histograms?.[i]?.count ?? (series.values[i] as number)]);
}

/** What increase() adds up: what grew, and all of what stands after a fall. */
const grown = (samples: readonly (readonly [number, number])[]): number => {
  let before = 0;
  let sum = 0;
  for (const [, value] of samples) {
    sum += value < before ? value : value - before;
    before = value;
  }
  return sum;
};

const append = async (core: ShardCore, map: ShardMap, ...series: SampleBatch["series"]): Promise<void> => {
  const answer = await core.appendBatch(contextOf(map), batchOf(...series));
  expect(answer).toMatchObject({ ok: true, value: { accepted: series.length } });
};

/** The sender begins in the first shard, is then wholly in the second, and is divided. */
async function comesBack(database = new NodeDatabase()): Promise<{ readonly first: ShardCore; readonly second: ShardCore }> {
  const first = open("p/shard-0", database);
  await first.configure(configOf(WHOLE));
  await append(first, WHOLE, jobs(NOON, 60), level(NOON, 5), took(NOON, { ...HISTOGRAM, count: 60, positiveBuckets: [60] }));
  await first.claims.handOver(SENDER, 2);
  await first.configure(configOf(GROWN));
  const second = open("p/shard-1");
  await second.configure(configOf(GROWN));
  await append(second, GROWN, jobs(NOON + 10_000, 3), took(NOON + 10_000));
  await first.configure(configOf(DIVIDED));
  await second.configure(configOf(DIVIDED));
  return { first, second };
}

test("only a division brings series back, to a shard that had their sender whole before and is not its first one now", () => {
  expect(seriesReturn(WHOLE, GROWN, "p/shard-0")).toBe(false);
  expect(seriesReturn(GROWN, DIVIDED, "p/shard-0")).toBe(true);
  expect(seriesReturn(WHOLE, DIVIDED, "p/shard-0")).toBe(true);
  expect(seriesReturn(GROWN, DIVIDED, "p/shard-1")).toBe(false);
  expect(seriesReturn(DIVIDED, { ...DIVIDED, version: 4 }, "p/shard-0")).toBe(false);
  expect(seriesReturn(undefined, DIVIDED, undefined)).toBe(false);
});

test("a running total that comes back to a shard begins anew there, with a zero before it, and nothing counts twice", async () => {
  const { first, second } = await comesBack();
  await append(first, DIVIDED, jobs(NOON + 20_000, 4));
  await append(first, DIVIDED, jobs(NOON + 30_000, 2));
  expect(stored(first, JOBS)).toEqual([
    [0, 60],
    [0.001, 0],
    [19.999, 0],
    [20, 4],
    [30, 6],
  ]);
  const merged = [...stored(first, JOBS), ...stored(second, JOBS)].toSorted(([a], [b]) => a - b);
  expect(grown(merged)).toBe(60 + 3 + 4 + 2);
});

test("a histogram's running total does so too", async () => {
  const { first, second } = await comesBack();
  await append(first, DIVIDED, took(NOON + 20_000));
  expect(stored(first, TOOK)).toEqual([
    [0, 60],
    [0.001, 0],
    [19.999, 0],
    [20, 2],
  ]);
  expect(stored(second, TOOK)).toEqual([
    [9.999, 0],
    [10, 2],
  ]);
  const merged = [...stored(first, TOOK), ...stored(second, TOOK)].toSorted(([a], [b]) => a - b);
  expect(grown(merged)).toBe(60 + 2 + 2);
});

test("the level that differences of a gauge have led to stays", async () => {
  const { first } = await comesBack();
  await append(first, DIVIDED, level(NOON + 20_000, -1));
  expect(stored(first, LEVEL)).toEqual([
    [0, 5],
    [20, 4],
  ]);
});

test("that it begins anew outlives kill -9, before the first difference and after it, packed or not", async () => {
  const database = new NodeDatabase();
  await comesBack(database);
  const again = open("p/shard-0", database);
  await append(again, DIVIDED, jobs(NOON + 20_000, 4), took(NOON + 20_000));
  again.flush(NOON);
  const third = open("p/shard-0", database);
  // The same configuration again, as Project sends it to a shard that woke.
  await third.configure(configOf(DIVIDED));
  await append(third, DIVIDED, jobs(NOON + 30_000, 2), took(NOON + 30_000));
  expect(stored(third, JOBS).at(-1)).toEqual([30, 6]);
  expect(stored(third, TOOK).at(-1)).toEqual([30, 4]);
  expect(grown(stored(third, JOBS))).toBe(66);
});

test("a division that does not reach the disk is told again, and leaves no zero", async () => {
  const database = new NodeDatabase();
  const first = open("p/shard-0", database);
  await append(first, WHOLE, jobs(NOON, 60));
  await first.claims.handOver(SENDER, 2);
  await first.configure(configOf(GROWN));
  const run = database.run.bind(database);
  database.run = (sql, ...values) => {
    if (sql.includes("INTO settings")) throw new Error("disk I/O error");
    run(sql, ...values);
  };
  await expect(first.configure(configOf(DIVIDED))).rejects.toThrow("disk I/O error");
  database.run = run;
  const again = open("p/shard-0", database);
  expect(stored(again, JOBS)).toEqual([[0, 60]]);
  await again.configure(configOf(DIVIDED));
  expect(stored(again, JOBS).at(-1)).toEqual([0.001, 0]);
});

test("a late difference does not take the place of the zero, and a frame that is sent again counts once", async () => {
  const { first } = await comesBack();
  const sender = new Sender(SENDER);
  const identity = { project: "p", tokenId: "t1", sender: "", epoch: "", routedBy: SENDER, mapVersion: 3, share: true };
  const session = first.session(identity);
  await session.receive(sender.hello());
  const late = sender.frame(1, { series: [jobs(NOON - 5_000, 100)] });
  await session.receive(late);
  await session.receive(late);
  expect(stored(first, JOBS)).toEqual([
    [0, 60],
    [0.001, 0],
    [0.002, 100],
  ]);
});

test("where a share of a sender stands outlives kill -9 in a shard that had handed the sender over before", async () => {
  const database = new NodeDatabase();
  const { first } = await comesBack(database);
  const sender = new Sender(SENDER);
  const identity = { project: "p", tokenId: "t1", sender: "", epoch: "", routedBy: SENDER, mapVersion: 3, share: true };
  const session = first.session(identity);
  await session.receive(sender.hello());
  await session.receive(sender.frame(1, { series: [jobs(NOON + 20_000, 4)] }));
  await session.receive(sender.frame(2, { series: [jobs(NOON + 30_000, 2)] }));
  const again = open("p/shard-0", database);
  const after = again.session(identity);
  const welcome = decodeMessage(await after.receive(sender.hello()));
  expect(welcome).toMatchObject({ ok: true, value: { type: "welcome", durableSeq: 2 } });
  await after.receive(sender.frame(1, { series: [jobs(NOON + 20_000, 4)] }));
  await after.receive(sender.frame(2, { series: [jobs(NOON + 30_000, 2)] }));
  expect(stored(again, JOBS).at(-1)).toEqual([30, 6]);
});
