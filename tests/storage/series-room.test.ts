/** Series that come and go, as pods and processes do, close neither a shard nor a metric to those that come after them. */
import { expect, test } from "vitest";
import { identityOf } from "../../worker/src/shard/session-identity.ts";
import type { StoreBounds } from "../../worker/src/storage/series-store.ts";
import { NodeDatabase } from "../support/node-database.ts";
import { DAY } from "./open-store.ts";
import { CONTEXT, Sender, batchOf, decoded, gauge, openShard, stored } from "./shard-fixture.ts";

const PODS = 8;
const HOUR = DAY / 24;

/** Days of pods that live for some minutes each, beside one series that stays. Returns what was refused. */
async function churn(bounds: Partial<StoreBounds>, days: number, database = new NodeDatabase()) {
  const shard = openShard(database, { bounds });
  const { core } = shard;
  for (let day = 0; day < days; day++) {
    const pods = Array.from({ length: PODS }, (_, i) => gauge({ __name__: "pod_up", pod: `${day}-${i}` }, [[shard.now, day]]));
    await core.appendBatch(CONTEXT, batchOf(gauge({ __name__: "node_up" }, [[shard.now, day]])));
    await core.appendBatch(CONTEXT, batchOf(...pods));
    core.flush(shard.now);
    shard.now += DAY + HOUR;
    if ((core.due(shard.now).retention ?? Infinity) <= shard.now) core.retain(shard.now);
  }
  return { shard, database };
}

test.each([
  ["of a shard", { maxSeries: 10 }],
  ["of a metric", { maxSeriesPerMetric: 8 }],
  ["of bytes of label values", { maxLabelBytes: 400 }],
])("the bound %s is on those that live; those that ended first make room for ever new ones", async (_name, bounds) => {
  const { shard, database } = await churn(bounds, 30);
  const { core } = shard;
  expect(core.writer.counts).toEqual({});
  expect(core.store.index.size).toBeLessThan(100);
  expect(stored(core, "node_up")).toHaveLength(30);
  expect(stored(core, "pod_up").at(-1)?.[1]).toBe(29);
  expect(core.store.retention.problems(shard.now)).toEqual([
    expect.stringMatching(/^\d+ series that ended by .* were forgotten before their samples/),
  ]);
  // The log of series is written without them at the next cut.
  core.flush(shard.now);
  const again = openShard(database, { bounds, now: shard.now });
  expect(stored(again.core, "node_up")).toEqual(stored(core, "node_up"));
  expect(stored(again.core, "pod_up")).toEqual(stored(core, "pod_up"));
  expect(again.core.store.problems).toEqual([]);
  expect(again.core.store.index.size).toBe(core.store.index.size);
});

test("nobody who lives is let go, and who is refused is told why", async () => {
  const shard = openShard(new NodeDatabase(), { bounds: { maxSeries: 10 } });
  const { core } = shard;
  const pods = async (from: number, count: number) => {
    await core.appendBatch(CONTEXT, batchOf(gauge({ __name__: "node_up" }, [[shard.now, 1]])));
    const batch = batchOf(...Array.from({ length: count }, (_, i) => gauge({ __name__: "up", i: String(from + i) }, [[shard.now, 1]])));
    return core.appendBatch(CONTEXT, batch);
  };
  for (const from of [0, 9, 18]) {
    await pods(from, 9);
    shard.now += DAY + HOUR;
  }
  await pods(27, 2);
  // What ended is still in the head: nobody can be let go.
  const refused = { code: "series_limit", message: expect.stringContaining("20 that ended are still known") };
  expect(await pods(29, 1)).toMatchObject({ value: { accepted: 0, rejected: [refused] } });
  core.retain(shard.now);
  expect(core.store.index.size).toBe(30);
  expect(core.due(shard.now).retention).toBeGreaterThan(shard.now);
  core.flush(shard.now);
  shard.now += HOUR;
  core.retain(shard.now);
  expect(core.store.index.size).toBe(17);
  expect(await pods(29, 1)).toMatchObject({ value: { accepted: 1 } });
  expect(stored(core, "node_up")).toHaveLength(5);
  expect(stored(core, "up")).toHaveLength(17);
});

test("a connection that named a series which made room is told to name it again, and nothing of it is lost", async () => {
  const shard = openShard(new NodeDatabase(), { bounds: { maxSeries: 4 } });
  const { core } = shard;
  const session = core.session(identityOf(CONTEXT), 0);
  const sender = new Sender();
  await session.receive(sender.hello());
  const frame = async (seq: number, ...names: string[]) => {
    const series = names.map((name) => gauge({ __name__: name }, [[shard.now, seq]]));
    return decoded(await session.receive(sender.frame(seq, { series })));
  };
  await frame(1, "backup", "always");
  core.flush(shard.now);
  for (let day = 1; day <= 4; day++) {
    shard.now += DAY + HOUR;
    expect(await frame(2 * day, "always")).toMatchObject({ type: "ack" });
    expect(await frame(2 * day + 1, `a${day}`, `b${day}`)).toMatchObject({ type: "ack", rejected: {} });
    core.flush(shard.now);
    if ((core.due(shard.now).retention ?? Infinity) <= shard.now) core.retain(shard.now);
    if (core.store.index.find({ __name__: "backup" }) === undefined) break;
  }
  expect(core.store.index.find({ __name__: "backup" })).toBeUndefined();
  const last = 100;
  expect(await frame(last, "backup")).toMatchObject({ type: "error", code: "unknown_ref" });
  const welcome = decoded(await session.receive(sender.hello()));
  if (welcome.type !== "welcome") throw new Error(welcome.type);
  expect(await frame(welcome.durableSeq + 1, "backup")).toMatchObject({ type: "ack", rejected: {} });
  expect(stored(core, "backup")).toHaveLength(1);
});

test("what ended stays where it holds next to none of the bytes of label values, until all of them are taken", async () => {
  const shard = openShard(new NodeDatabase(), { bounds: { maxLabelBytes: 30_000 } });
  const { core } = shard;
  const pods = (name: string, count: number, long: number) =>
    batchOf(...Array.from({ length: count }, (_, i) => gauge({ __name__: "up", pod: `${name}${i}`.padEnd(long, "x") }, [[shard.now, 1]])));
  const retain = () => {
    for (let i = 0; i < 60 && (core.due(shard.now).retention ?? Infinity) <= shard.now; i++) {
      core.retain(shard.now);
      shard.now += 1000;
    }
  };
  await core.appendBatch(CONTEXT, pods("old", 50, 0));
  core.flush(shard.now);
  shard.now += 2 * DAY;
  await core.appendBatch(CONTEXT, pods("live", 50, 400));
  core.flush(shard.now);
  for (let hour = 0; hour < 5; hour++) {
    retain();
    shard.now += HOUR;
  }
  // Of 100 known an eighth had gone before it was seen that it wins nothing.
  expect(core.store.index.size).toBe(87);
  // Where new series are refused for their sake all that ended may go, a part every ten minutes.
  await core.appendBatch(CONTEXT, pods("more", 25, 400));
  core.flush(shard.now);
  expect(core.store.index.labelBytes).toBeGreaterThanOrEqual(30_000);
  for (let hour = 0; hour < 5; hour++) {
    retain();
    shard.now += HOUR;
  }
  expect(core.store.index.size).toBe(75);
});
