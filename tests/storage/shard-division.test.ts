import { expect, test } from "vitest";
import type { HandedOver, ShardMap } from "../../worker/src/objects/rpc.ts";
import { frameContext } from "../../worker/src/http/sender-context.ts";
import { bestShard, ownerOf, otherOwners } from "../../worker/src/project/shard-owners.ts";
import { shardProfile } from "../../worker/src/shard/profile.ts";
import { NodeDatabase } from "../support/node-database.ts";
import { idleNeighbours, quietShard } from "../support/quiet-shard.ts";
import { MINUTE, NOON } from "./open-store.ts";
import { GROWN, MovingProject, MOVES } from "./moving-project.ts";
import { batchOf, CONTEXT, gauge } from "./shard-fixture.ts";

const names = (count: number): string[] => Array.from({ length: count }, (_, n) => `p/shard-${n}`);
const mapOf = (...counts: readonly number[]): ShardMap => ({
  version: counts.length,
  shards: names(counts.at(-1) ?? 1),
  epochs: counts.map((count, index) => ({ version: index + 1, sinceMs: 0, shards: names(count) })),
  splits: [],
});

test("growth moves only senders whose best shard is new, and spreads them evenly", () => {
  const before = mapOf(8);
  const after = mapOf(8, 16);
  const senders = Array.from({ length: 4000 }, (_, n) => `agent-${n}`);
  const moved = senders.filter((sender) => ownerOf(before, sender) !== ownerOf(after, sender));
  expect(moved.every((sender) => names(16).indexOf(ownerOf(after, sender)) >= 8)).toBe(true);
  expect(moved.length / senders.length).toBeCloseTo(0.5, 1);
  const load = names(16).map((shard) => senders.filter((sender) => bestShard(after.shards, sender) === shard).length);
  expect(Math.min(...load)).toBeGreaterThan(4000 / 16 / 1.4);
  expect(Math.max(...load)).toBeLessThan((4000 / 16) * 1.4);
});

test("who may have held a sender before is asked in all its epochs, the newest first", () => {
  const map = mapOf(1, 4, 16);
  const sender =
    Array.from({ length: 200 }, (_, n) => `s${n}`).find(
      (name) => new Set([1, 4, 16].map((count) => bestShard(names(count), name))).size === 3,
    ) ?? "";
  expect(otherOwners(map, ownerOf(map, sender), [sender])).toEqual([bestShard(names(4), sender), "p/shard-0"]);
});

test("an administrator's import goes to the last shard of each epoch, anybody else's goes by its token", () => {
  const map = mapOf(1, 4, 16);
  for (const n of names(20)) {
    expect(ownerOf(map, `import:${n}`)).toBe("p/shard-15");
    expect(otherOwners(map, "p/shard-15", [`import:${n}`])).toEqual(["p/shard-3", "p/shard-0"]);
  }
  const request = new Request("http://x/", { headers: { "x-sightline-sender": "import:x" } });
  const principal = { project: "p", tokenId: "t1", tokenName: "ci" };
  expect(frameContext({ ...principal, role: "admin" }, request)).toEqual({ project: "p", tokenId: "t1", sender: "import:x" });
  expect(frameContext({ ...principal, role: "ingest" }, request)).toEqual({ project: "p", tokenId: "t1", sender: "t1", owner: "ci" });
});

function openAmong(options: {
  readonly database?: NodeDatabase;
  readonly maxSeries?: number;
  readonly map?: ShardMap;
  readonly handOver?: () => Promise<HandedOver>;
}) {
  const asked: string[] = [];
  const profile = shardProfile("local");
  const core = quietShard({
    database: options.database ?? new NodeDatabase(),
    profile: { ...profile, store: { ...profile.store, maxSeries: options.maxSeries ?? profile.store.maxSeries } },
    now: () => NOON,
    neighbours: idleNeighbours({
      self: "p/shard-1",
      askHandOver: async () => ({ ok: true, value: (await options.handOver?.()) ?? { mark: null, owner: "", answers: [] } }),
      askSplit: (sender) => {
        asked.push(sender);
        return Promise.resolve();
      },
      askConfig: () => Promise.resolve({ version: 2, groups: [], slos: [], map: options.map ?? mapOf(2) }),
    }),
  });
  return { core, asked };
}

test("the sender that brings a shard near its bound of series is to be divided, once, before anything is refused", async () => {
  const { core, asked } = openAmong({ maxSeries: 10 });
  for (let n = 0; n < 7; n++)
    await core.appendBatch({ ...CONTEXT, sender: "small" }, batchOf(gauge({ __name__: "small", n: String(n) }, [[NOON, 1]])));
  expect(asked).toEqual([]);
  for (let n = 0; n < 3; n++) {
    const answer = await core.appendBatch({ ...CONTEXT, sender: "big" }, batchOf(gauge({ __name__: "big", n: String(n) }, [[NOON, 1]])));
    expect(answer).toMatchObject({ ok: true, value: { accepted: 1 } });
  }
  await core.appendBatch({ ...CONTEXT, sender: "small" }, batchOf(gauge({ __name__: "small", n: "0" }, [[NOON + 1, 1]])));
  expect(asked).toEqual(["big"]);
});

test("series that ended a day ago bring nobody near it, nor does who adds none, after a restart either", async () => {
  const database = new NodeDatabase();
  const { core, asked } = openAmong({ database, maxSeries: 10 });
  const send = (to: typeof core, sender: string, metric: string, numbers: readonly number[], at: number) =>
    to.appendBatch({ ...CONTEXT, sender }, batchOf(...numbers.map((n) => gauge({ __name__: metric, n: String(n) }, [[at, 1]]))));
  await send(core, "pods", "gone", [1, 2, 3, 4, 5, 6, 7], NOON - 25 * 60 * MINUTE);
  for (const some of [[1], [2, 3, 4], [5, 6], [7]]) await send(core, "pods", "here", some, NOON);
  expect(core.store.room.living).toBe(7);
  expect(asked).toEqual([]);
  const { core: again, asked: askedAgain } = openAmong({ database, maxSeries: 10 });
  await send(again, "pods", "here", [1], NOON + 1);
  expect(askedAgain).toEqual([]);
  await send(again, "more", "here", [8], NOON + 1);
  expect(askedAgain).toEqual(["more"]);
});

test("series that come back count again", async () => {
  const { core, asked } = openAmong({ maxSeries: 100 });
  const send = (metric: string, count: number, at: number) =>
    core.appendBatch(
      { ...CONTEXT, sender: "jobs" },
      batchOf(...Array.from({ length: count }, (_, n) => gauge({ __name__: metric, n: String(n) }, [[at, 1]]))),
    );
  await send("nightly", 79, NOON - 26 * 60 * MINUTE);
  await send("hourly", 3, NOON);
  expect(asked).toEqual([]);
  await send("nightly", 79, NOON);
  await send("weekly", 5, NOON);
  expect(asked).toEqual(["jobs"]);
});

test("the fleet that the free plan pays for stays in one object", async () => {
  const { store } = shardProfile("cloudflare");
  const { core, asked } = openAmong(store);
  for (let host = 0; host < 50; host++) {
    const series = Array.from({ length: 200 }, (_, n) => gauge({ __name__: `m${n}`, host: String(host) }, [[NOON, 1]]));
    await core.appendBatch({ ...CONTEXT, sender: `host-${host}` }, batchOf(...series));
  }
  expect(core.store.room.living).toBe(10_000);
  expect(asked).toEqual([]);
});

test("a sender that was handed over is refused, after a restart too, and its mark is told again to who asks again", async () => {
  const map = mapOf(1, 2);
  const mine = Array.from({ length: 50 }, (_, n) => `s${n}`).find((name) => ownerOf(map, name) === "p/shard-1") ?? "";
  const database = new NodeDatabase();
  const { core } = openAmong({ database, map });
  await core.configure({ version: 2, groups: [], slos: [], map });
  const context = { ...CONTEXT, sender: mine, mapVersion: 2 };
  expect(await core.appendBatch(context, batchOf(gauge({ __name__: "up" }, [[NOON, 1]])))).toMatchObject({ ok: true });
  core.store.mark({ sender: mine, epoch: "e1", seq: 7, after: null, at: NOON, hostName: "web-1" });
  const mark = { epoch: "e1", seq: 7, at: NOON, hostName: "web-1" };
  expect(await core.claims.handOver(mine, 3)).toMatchObject({ ok: true, value: { mark } });
  expect(await core.claims.handOver(mine, 3)).toMatchObject({ ok: true, value: { mark } });
  expect(core.store.senders.has(mine)).toBe(false);
  const { core: again } = openAmong({ database, map });
  expect(again.store.senders.has(mine)).toBe(false);
  expect(await again.claims.handOver(mine, 3)).toMatchObject({ ok: true, value: { mark } });
  // Its map is older than the one the sender left under: it cannot say who is right.
  const refused = await again.appendBatch(context, batchOf(gauge({ __name__: "up" }, [[NOON + 1, 2]])));
  expect(refused).toMatchObject({ ok: false, error: { code: "unavailable" } });
});

test("what a shard is handed with a sender counts from the first write on: repeats of its requests change nothing", async () => {
  const map = mapOf(1, 2);
  const mine = Array.from({ length: 50 }, (_, n) => `s${n}`).find((name) => ownerOf(map, name) === "p/shard-1") ?? "";
  const answers = [{ key: `${mine} once`, answer: '{"accepted":5,"rejected":[]}', at: NOON, bodyHash: "h" }];
  const { core } = openAmong({ map, handOver: () => Promise.resolve({ mark: null, owner: "", answers }) });
  const batch = batchOf(gauge({ __name__: "jobs_total" }, [[NOON, 5]], { temporality: "delta" }));
  const context = { ...CONTEXT, sender: mine, mapVersion: 2 };
  expect(await core.appendBatch(context, batch, { key: "once", bodyHash: "h" })).toEqual({
    ok: true,
    value: { accepted: 5, rejected: [] },
  });
  expect(core.store.index.size).toBe(0);
});

test("a key counts for 24 h also where a sender has more of them than move along with it", async () => {
  let silent = false;
  const project: MovingProject = new MovingProject({
    askAnswer: (_shard, sender, request) =>
      silent ? Promise.reject(new Error("gone")) : project.cores[0].idempotency.recall(sender, request, project.now, true),
  });
  const [before, after] = project.cores;
  const metadata = { type: "counter", unit: "", help: "" } as const;
  const batch = batchOf(gauge({ __name__: "jobs_total" }, [[NOON, 1]], { temporality: "delta", metadata }));
  const send = (core: typeof before, key: string, bodyHash = "h") =>
    core.appendBatch({ ...CONTEXT, sender: MOVES, mapVersion: project.map.version }, batch, { key, bodyHash });
  await send(before, "first");
  project.now += 1000;
  const answers = Array.from({ length: 10_000 }, (_, n) => ({ key: `${MOVES} k${n}`, answer: "{}", at: project.now, bodyHash: "h" }));
  before.idempotency.takeAnswers("another", answers, project.now);
  await project.configure(GROWN);
  const repeats = await Promise.all([send(after, "first"), send(after, "first")]);
  expect(repeats).toEqual(Array.from({ length: 2 }, () => ({ ok: true, value: { accepted: 1, rejected: [] } })));
  expect(after.store.index.size).toBe(0);
  expect(await send(after, "first", "other")).toMatchObject({ ok: false, error: { code: "idempotency_key_reused" } });
  silent = true;
  expect(await send(after, "new")).toMatchObject({ ok: false, error: { code: "unavailable" } });
  expect(await send(after, "k1")).toMatchObject({ ok: true });
  silent = false;
  await Promise.all([send(after, "new"), send(after, "new")]);
  expect(after.store.head.lastValue[after.store.index.find({ __name__: "jobs_total" }) ?? -1]).toBe(1);
  project.now += 86_400_001;
  silent = true;
  expect(await send(after, "new")).toMatchObject({ ok: true, value: { accepted: 1 } });
});
